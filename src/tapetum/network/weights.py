"""The weights of a captured network: where each comes from, and whether it moved since we last looked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch._prims_common import is_non_overlapping_and_dense_or_false

from tapetum.network.replica import converter, locate

_WHOLE = 512
_SAMPLED = 64


@dataclass
class _Place:
    """One weight: its owner in the caller's model, and what was seen there last."""

    owner: nn.Module | None
    leaf: str
    seen: Tensor
    value: Tensor
    pointer: int
    version: int

    def current(self) -> Tensor:
        if self.owner is None:
            return self.seen
        found = self.owner._parameters.get(self.leaf)
        if found is None:
            found = self.owner._buffers.get(self.leaf)
        return self.seen if found is None else found


class Weights:
    """The tensors that a graph reads, by the name of its placeholder.

    Where device and type fit, they are the caller's own tensors (seen through `detach`), so that a model trained
    further is seen as it is now; otherwise they are copies, renewed by `moved()`.
    """

    def __init__(self, model: nn.Module, device: torch.device | None = None) -> None:
        first = next((p for p in model.parameters()), next((b for b in model.buffers()), torch.empty(0)))
        half = any(p.dtype in (torch.float16, torch.bfloat16) for p in model.parameters())
        self.device = device or first.device
        self.convert = converter(self.device, torch.float32 if half else None)
        self._model = model
        self._places: dict[str, _Place] = {}
        self._samples: dict[torch.dtype, list[Tensor]] = {}
        self._probe: list[Tensor] = []

    def name(self, name: str, path: str, replica: nn.Module) -> None:
        """Call the tensor at `path` of the caller's model by the placeholder's name."""
        try:
            owner, leaf = locate(self._model, path)
        except AttributeError:
            self.constant(name, replica.state_dict(keep_vars=True)[path])
            return
        tensor = owner._parameters.get(leaf)
        if tensor is None:
            tensor = owner._buffers.get(leaf)
        if tensor is None:
            self.constant(name, dict(replica.named_buffers())[path])
            return
        self._places[name] = self._placed(owner, leaf, tensor)

    def constant(self, name: str, value: Tensor) -> None:
        """Call a tensor that belongs to no module by the placeholder's name."""
        self._places[name] = self._placed(None, "", value)

    def keep(self, names: set[str]) -> None:
        """Forget every weight that is not among `names`."""
        self._places = {name: place for name, place in self._places.items() if name in names}
        self._look()

    def values(self, names: Iterable[str]) -> list[Tensor]:
        return [self._places[name].value for name in names]

    def __getitem__(self, name: str) -> Tensor:
        return self._places[name].value

    def is_parameter(self, name: str) -> bool:
        """Whether a weight is learnt, not a buffer or a constant."""
        return isinstance(self._places[name].seen, nn.Parameter)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def moved(self) -> bool:
        """Look at every weight again; True if any changed since the last look.

        Identity, data pointer, version counter and content are compared. Content is read whole for tensors
        up to 512 elements and at 64 or more evenly spaced places for larger ones: an optimiser's step or a loaded
        checkpoint cannot pass, a single element written through `.data` of a large tensor can; `refresh()`
        is for that.
        """
        changed = False
        for place in self._places.values():
            tensor = place.current()
            if tensor is not place.seen or tensor.data_ptr() != place.pointer:
                changed = True
            elif _version(tensor) != place.version:
                changed = True
        if not changed:
            changed = not all(map(torch.equal, self._probe, self._read()))
        if changed:
            self.look_again()
        return changed

    def look_again(self) -> None:
        """Take what is there now as what was seen."""
        for place in self._places.values():
            place.seen = place.current()
            place.value = self.convert(place.seen).detach()
        self._look()

    def _placed(self, owner: nn.Module | None, leaf: str, tensor: Tensor) -> _Place:
        value = self.convert(tensor).detach()
        return _Place(owner, leaf, tensor, value, tensor.data_ptr(), _version(tensor))

    def _look(self) -> None:
        for place in self._places.values():
            place.pointer, place.version = place.seen.data_ptr(), _version(place.seen)
        self._samples = {}
        for place in self._places.values():
            self._samples.setdefault(place.seen.dtype, []).append(_sample(place.seen.detach()))
        self._probe = self._read()

    def _read(self) -> list[Tensor]:
        """The sampled content as bytes, so that NaN equals itself."""
        return [torch.cat(samples).view(torch.uint8) for samples in self._samples.values()]


def _version(tensor: Tensor) -> int:
    return -1 if tensor.is_inference() else tensor._version


def _sample(tensor: Tensor) -> Tensor:
    """A flat view of elements spread evenly over the tensor's memory."""
    dense = is_non_overlapping_and_dense_or_false(tensor)
    count = tensor.numel() if dense else min(1, tensor.numel())
    flat = tensor.as_strided((count,), (1,), tensor.storage_offset())
    return flat if count <= _WHOLE else flat[:: count // _SAMPLED]
