"""The weights of a captured network: where each comes from, and whether it moved since we last looked."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch._prims_common import is_non_overlapping_and_dense_or_false

from tapetum.errors import ModelError
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
        found = _held(self.owner, self.leaf)
        return self.seen if found is None else found

    def moved(self) -> bool:
        """Whether identity, memory or version differ from what was seen; content is not looked at."""
        tensor = self.current()
        if tensor is not self.seen or tensor.data_ptr() != self.pointer:
            return True
        return _version(tensor) != self.version


class Weights:
    """The tensors that a graph reads, by the name of its placeholder.

    Where device and type fit, they are the caller's own tensors (seen through `detach`), so that a model
    trained further is seen as it is now; otherwise they are copies, renewed by `moved()`. A module that is
    replaced by another one is not followed: load the network again.
    """

    def __init__(self, model: nn.Module, device: torch.device | None = None) -> None:
        first = next(itertools.chain(model.parameters(), model.buffers()), torch.empty(0))
        half = any(p.dtype in (torch.float16, torch.bfloat16) for p in model.parameters())
        self.device = device or first.device
        self.dtype = first.dtype if first.is_floating_point() and not half else torch.float32
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
        tensor = _held(owner, leaf)
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

    def changed(self, values: Mapping[str, Tensor]) -> "Weights":
        """The same weights with other values for some; they belong to no model any more."""
        found = Weights(nn.Module(), self.device)
        found.dtype, found.convert = self.dtype, self.convert
        for name in self:
            value = values.get(name, self[name])
            found.constant(name, nn.Parameter(value, False) if self.is_parameter(name) else value)
        found.keep(set(self))
        return found

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
        up to 512 elements and at 64 or more evenly spaced places for larger ones: an optimiser's step or a
        loaded checkpoint cannot pass, a single element written through `.data` of a large tensor can;
        `refresh()` is for that.

        Raises:
            ModelError: a weight has another shape than at the capture.
        """
        changed = any(place.moved() for place in self._places.values())
        changed = changed or not all(map(torch.equal, self._probe, self._read()))
        if changed:
            self.look_again()
        return changed

    def look_again(self) -> None:
        """Take what is there now as what was seen.

        Raises:
            ModelError: a weight has another shape than at the capture.
        """
        for place in self._places.values():
            now = place.current()
            if now.shape != place.value.shape:
                raise ModelError(
                    f"The weight {place.leaf!r} had the shape {tuple(place.value.shape)} when the network "
                    f"was captured and has {tuple(now.shape)} now. Load the changed model again."
                )
            place.seen, place.value = now, self.convert(now).detach()
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


def _held(owner: nn.Module, leaf: str) -> Tensor | None:
    parameter = owner._parameters.get(leaf)
    return owner._buffers.get(leaf) if parameter is None else parameter


def _version(tensor: Tensor) -> int:
    return -1 if tensor.is_inference() else tensor._version


def _sample(tensor: Tensor) -> Tensor:
    """A flat view of elements spread evenly over the tensor's memory."""
    dense = is_non_overlapping_and_dense_or_false(tensor)
    count = tensor.numel() if dense else min(1, tensor.numel())
    flat = tensor.as_strided((count,), (1,), tensor.storage_offset())
    return flat if count <= _WHOLE else flat[:: count // _SAMPLED]
