"""The network after a layer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from tapetum.network.runtime import Runtime
from tapetum.network.surroundings import plain


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

    def __call__(self, *values: Any) -> Tensor:
        """The logits, shape (batch, outputs)."""
        with plain():
            (logits,) = self._program(*values)
        assert isinstance(logits, Tensor)
        self._runtime.passes["head"] += len(logits)
        return logits
