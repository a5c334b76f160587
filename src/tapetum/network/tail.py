"""The network after a layer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Int
from torch import Tensor

from tapetum.errors import LayerError
from tapetum.network.runtime import Runtime
from tapetum.network.surroundings import plain
from tapetum.network.sweep import pictures_at_once


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

    def at(self, values: Sequence[Any], pictures: Int[Tensor, " copies"]) -> tuple[Any, ...]:
        """What the tail starts from for these pictures, in this order; one may come several times.

        Raises:
            LayerError: a value that the tail starts from does not lead with the pictures of the batch.
        """
        count = len(values[0])
        return tuple(
            self._picked(name, value, pictures, count) for name, value in zip(self.names, values, strict=True)
        )

    def _picked(self, name: str, value: Any, pictures: Tensor, count: int) -> Any:
        if not isinstance(value, Tensor):
            return self._runtime.size(name, len(pictures))
        if len(value) % count:
            raise LayerError(
                f"The network after this layer also starts from a value of shape {tuple(value.shape)}, which "
                f"does not lead with the {count} pictures. Choose another layer."
            )
        rows = value.reshape(count, -1, *value.shape[1:])[pictures.to(value.device)]
        return rows.flatten(0, 1)

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
