"""Other ways back through rectifiers: activations that let positive values pass and stop negative ones."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.attribution.reductions import checked_reduction, reduced
from tapetum.errors import MethodError
from tapetum.network import Network, Rules
from tapetum.network.functional import aten
from tapetum.results import Heatmap


class _OnlyPositive(torch.autograd.Function):
    """The value as it is; on the way back only what is positive."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0].clamp_min(0)


class _AsForward(torch.autograd.Function):
    """A result computed before; on the way back a rectifier with this slope for negative values."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, result: Tensor, slope: float) -> Tensor:
        ctx.slope = slope
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return torch.nn.functional.leaky_relu(gradients[0], ctx.slope), None, None


Operation = Callable[..., Tensor]

_RECTIFYING: tuple[Operation, ...] = (
    aten.relu.default,
    aten.relu6.default,
    aten.hardtanh.default,
    aten.clamp.default,
    aten.clamp_min.default,
    aten.leaky_relu.default,
)


def _slope(operation: Operation, arguments: tuple[Any, ...]) -> float | None:
    """What an operation multiplies negative values by, if with these arguments it is a rectifier."""
    if operation in (aten.relu.default, aten.relu6.default):
        return 0.0
    first, second = (*arguments, None, None)[:2]
    if operation is aten.leaky_relu.default:
        slope = 0.01 if first is None else float(first)
        return slope if 0 <= slope < 1 else None
    is_window = operation is aten.clamp.default and second is not None
    return 0.0 if first == 0 and not is_window else None


def _guided(operation: Operation) -> Operation:
    def guided(value: Tensor, *arguments: Any) -> Tensor:
        if _slope(operation, arguments) is not None:
            value = _OnlyPositive.apply(value)  # type: ignore[no-untyped-call]
        return operation(value, *arguments)

    return guided


def _deconvolved(operation: Operation) -> Operation:
    def deconvolved(value: Tensor, *arguments: Any) -> Tensor:
        slope = _slope(operation, arguments)
        if slope is None:
            return operation(value, *arguments)
        result = operation(value.detach(), *arguments)
        found: Tensor = _AsForward.apply(value, result, slope)  # type: ignore[no-untyped-call]
        return found

    return deconvolved


GUIDED = Rules("guided-backprop", {operation: _guided(operation) for operation in _RECTIFYING})
DECONVNET = Rules("deconvnet", {operation: _deconvolved(operation) for operation in _RECTIFYING})


def by_another_way(
    method: str, network: Network, pictures: Any, target: Any, *, reduction: Any, rules: Rules
) -> Heatmap:
    """The gradient with respect to the pixels, with these rules at rectifiers, as one value per place."""
    quantity = checked_reduction(method, reduction)
    inputs = network.inputs(pictures)
    need_rectifiers(method, network)
    gradient = network.gradient(inputs, target, rules=rules)
    return network.heatmap(
        method,
        reduced(gradient.values, reduction),
        inputs,
        gradient.aim,
        options={"reduction": reduction},
        quantity=quantity,
    )


def need_rectifiers(method: str, network: Network) -> None:
    """Raise MethodError where a network has no rectifier."""
    if not any(_is_rectifier(node) for node in network.folded.graph.nodes):
        raise MethodError(
            f"{method} changes the way back through rectifiers (ReLU, ReLU6, leaky ReLU), and {network.name} "
            "has none. Use a method that needs none: saliency, smoothgrad, integrated-gradients."
        )


def _is_rectifier(node: fx.Node) -> bool:
    known = next((operation for operation in _RECTIFYING if node.target is operation), None)
    return known is not None and _slope(known, node.args[1:]) is not None
