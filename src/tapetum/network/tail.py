"""The network after a layer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tapetum.errors import LayerError
from tapetum.network.gradient import aimed
from tapetum.network.runtime import Runtime
from tapetum.network.surroundings import plain
from tapetum.network.sweep import pictures_at_once
from tapetum.network.targets import Targets


@dataclass(frozen=True, eq=False)
class Tail:
    """The part of a network after a layer: `tail(*values)` gives the logits, and autograd may follow it.

    `names` are the values that it starts from: the layer's, then those that bypass the layer.
    """

    names: tuple[str, ...]
    _program: Callable[..., tuple[Any, ...]]
    _runtime: Runtime

    def starts(self, batch: Tensor) -> tuple[Any, ...]:
        """What the tail starts from for a prepared batch, in the order of `names`, without autograd."""
        values, _ = self._runtime.values(batch, self.names)
        return tuple(values[name] for name in self.names)

    def at_once(self, memory: str | int) -> int:
        """How many pictures may run through the tail together within so much memory above the model's.

        Raises:
            MemoryLimitError: the limit is no size, or too small for one picture.
        """
        each = self._runtime.part_bytes(self.names, [self._runtime.output])
        return pictures_at_once(memory, each, self._runtime.device)

    def __call__(self, *values: Any) -> Tensor:
        """The logits, shape (batch, outputs)."""
        with plain():
            (logits,) = self._program(*values)
        assert isinstance(logits, Tensor)
        self._runtime.passes["head"] += len(logits)
        return logits

    def at(self, values: Sequence[Any], pictures: Sequence[int], of: int) -> tuple[Any, ...]:
        """The starts of these of the `of` pictures that `values` belong to; one may come several times.

        Raises:
            LayerError: a value that the tail starts from does not lead with the pictures of the batch.
        """
        sizes = self._runtime.sizes(self.names, len(pictures))
        chosen = torch.tensor(pictures)
        return tuple(
            _rows(value, chosen, of) if isinstance(value, Tensor) else sizes.get(name, value)
            for name, value in zip(self.names, values, strict=True)
        )

    def gradient(self, values: Sequence[Any], targets: Targets) -> Tensor:
        """The gradient of each picture's score with respect to the layer's values.

        Raises:
            LayerError: the verdict does not depend on the layer.
        """
        with plain(), torch.enable_grad():
            leaf = values[0].detach().requires_grad_()
            logits = self(leaf, *values[1:])
            _, score = aimed(logits, lambda *_: targets, "torch", "the layer")
            (found,) = torch.autograd.grad(score.sum(), leaf)
        self._runtime.passes["head backward"] += len(logits)
        assert isinstance(found, Tensor)
        return found


def _rows(value: Tensor, pictures: Tensor, of: int) -> Tensor:
    """The rows of these pictures in a value that has one or several rows for each."""
    each, rest = divmod(len(value), of)
    if rest:
        raise LayerError(
            f"The network after this layer also starts from a value of shape {tuple(value.shape)}, which "
            f"does not lead with the {of} pictures. Choose another layer."
        )
    chosen = (pictures[:, None] * each + torch.arange(each)).flatten()
    return value[chosen.to(value.device)]
