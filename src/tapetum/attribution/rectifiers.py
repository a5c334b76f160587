"""Guided backpropagation's rule: a rectifier lets back only what is positive, where its input is."""

from typing import Any

import torch
from torch import Tensor

from tapetum.network import Rules

aten = torch.ops.aten


class _Guided(torch.autograd.Function):
    """A clamp from `low` to `high`; its gradient passes where it is positive and the input between both."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, low: float, high: float) -> Tensor:
        ctx.save_for_backward((value > low) & (value < high))
        return value.clamp(low, high)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (open_places,) = ctx.saved_tensors
        return gradients[0].relu() * open_places, None, None


def guided_relu(value: Tensor) -> Tensor:
    """ReLU with the guided way back."""
    found: Tensor = _Guided.apply(value, 0.0, float("inf"))  # type: ignore[no-untyped-call]
    return found


def guided_hardtanh(value: Tensor, low: float = -1.0, high: float = 1.0) -> Tensor:
    """ReLU6 with the guided way back; a clamp that lets negative values through is no rectifier."""
    if low < 0:
        return torch.nn.functional.hardtanh(value, low, high)
    found: Tensor = _Guided.apply(value, low, high)  # type: ignore[no-untyped-call]
    return found


GUIDED = Rules("guided", {aten.relu.default: guided_relu, aten.hardtanh.default: guided_hardtanh})
"""The forward pass is unchanged; activations without a kink at zero keep their own gradient."""
