"""A way back through activations that are flat where they stand, for pictures that no unit answers to yet."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tapetum.network import Rules
from tapetum.network.functional import aten

Operation = Callable[..., Tensor]


class _Through(torch.autograd.Function):
    """A result computed before; on the way back the gradient passes as it is."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, result: Tensor) -> Tensor:
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def _let_through(operation: Operation) -> Operation:
    def through(value: Tensor, *arguments: Any) -> Tensor:
        found: Tensor = _Through.apply(value, operation(value.detach(), *arguments))  # type: ignore[no-untyped-call]
        return found

    return through


_FLAT: tuple[Operation, ...] = (
    aten.relu.default,
    aten.relu6.default,
    aten.hardtanh.default,
    aten.clamp.default,
    aten.clamp_min.default,
    aten.hardsigmoid.default,
    aten.hardswish.default,
)

AWAKE = Rules("awake", {operation: _let_through(operation) for operation in _FLAT})
"""Every activation that can be flat lets the whole gradient through."""
