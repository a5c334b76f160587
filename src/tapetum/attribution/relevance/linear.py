"""Convolutions, linear layers and leftover batch-norms of a graph, as functions of input and weight."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.attribution.relevance.operations import CONVOLUTIONS, NORMS, PRODUCTS, source_of
from tapetum.attribution.relevance.rules import Linear
from tapetum.attribution.relevance.values import Values
from tapetum.network.functional import argument, aten, pair

Bounds = Callable[[], tuple[Tensor, Tensor]]


def padded(node: fx.Node) -> tuple[fx.Node, list[int]]:
    """The input of a layer, and the zeros around it where an operation of its own adds them.

    They are the layer's own padding: what a rule gives to padding would be lost otherwise.
    """
    source = source_of(node)
    widths = source.args[1] if source.target in _PADDINGS else []
    places = _PADDINGS.get(source.target, {})
    plain = all(argument(source, place, name) in allowed for name, (place, allowed) in places.items())
    if node.target not in CONVOLUTIONS or not isinstance(widths, list | tuple) or not plain:
        return source, []
    return (source_of(source) if widths else source), [int(width) for width in widths]


_PADDINGS: dict[Any, dict[str, tuple[int, tuple[Any, ...]]]] = {
    aten.pad.default: {"mode": (2, ("constant", None)), "value": (3, (None, 0))},
    aten.constant_pad_nd.default: {"value": (2, (None, 0))},
}
"""The operations that pad, and which of their arguments mean zeros."""


def with_padding(layer: Linear, widths: list[int]) -> Linear:
    """The layer behind zeros that are added around its input."""
    if not widths:
        return layer

    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return layer.forward(torch.nn.functional.pad(x, widths), weight, bias)

    def back(s: Tensor, weight: Tensor, x: Tensor) -> Tensor:
        around = layer.back(s, weight, torch.nn.functional.pad(x, widths))
        return torch.nn.functional.pad(around, [-width for width in widths])

    return replace(layer, forward=forward, back=back)


def linear(values: Values, node: fx.Node, bounds: Bounds | None) -> Linear:
    """The layer of a node, with its weights."""
    if node.target in NORMS:
        return _norm(values, node)
    weight = values.of(node.args[1])
    bias = values.of(node.args[2]) if len(node.args) > 2 and node.target not in _BARE else None
    if node.target in PRODUCTS:
        return _product(node, weight, bias, bounds)
    assert node.target in CONVOLUTIONS
    return _convolution(node, weight, bias, bounds)


_BARE = {aten.matmul.default, aten.mm.default}


def _product(node: fx.Node, weight: Tensor, bias: Tensor | None, bounds: Bounds | None) -> Linear:
    """A matrix, the weight always as (outputs, inputs)."""
    if node.target in _BARE:
        weight = weight.mT

    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return torch.nn.functional.linear(x, weight, bias)

    def back(s: Tensor, weight: Tensor, x: Tensor) -> Tensor:
        return s @ weight

    return Linear(weight, bias, forward, back, outputs=-1, bounds=bounds)


def _convolution(node: fx.Node, weight: Tensor, bias: Tensor | None, bounds: Bounds | None) -> Linear:
    rest = node.args[3:]
    function: Any = node.target

    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        result: Tensor = function(x, weight, bias, *rest, **node.kwargs)
        return result

    def by_autograd(s: Tensor, weight: Tensor, x: Tensor) -> Tensor:
        with torch.enable_grad():
            leaf = torch.empty_like(x).requires_grad_()
            return torch.autograd.grad(forward(leaf, weight, None), leaf, s)[0]

    plain = node.target is aten.conv2d.default and not node.kwargs
    if not plain:
        transposed = node.target is aten.conv_transpose2d.input or any(a is True for a in rest)
        groups = 2 if transposed else _groups(rest)  # more than one: the channels of outputs stay apart
        return Linear(weight, bias, forward, by_autograd, groups=groups, bounds=bounds)
    stride, padding, dilation = (
        pair(rest[i]) if len(rest) > i else d for i, d in enumerate(((1, 1), (0, 0), (1, 1)))
    )

    def back(s: Tensor, weight: Tensor, x: Tensor) -> Tensor:
        found: Tensor = aten.convolution_backward.default(
            s, x, weight, None, stride, padding, dilation, False, (0, 0), _groups(rest), (True, False, False)
        )[0]
        return found

    return Linear(weight, bias, forward, back, groups=_groups(rest), bounds=bounds)


def _groups(rest: tuple[Any, ...]) -> int:
    return int(rest[-1]) if len(rest) > 3 else 1


def _norm(values: Values, node: fx.Node) -> Linear:
    """Batch-norm in evaluation: a scale and a shift per channel."""
    gain, offset, mean, variance = (values.of(a) for a in node.args[1:5])
    scale = (variance + node.args[7]).rsqrt() * (1 if gain is None else gain)
    shift = (0 if offset is None else offset) - mean * scale
    shape = (-1, *[1] * (len(node.meta["val"].shape) - 2))

    def forward(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        z = x * weight.view(shape)
        return z if bias is None else z + bias.view(shape)

    def back(s: Tensor, weight: Tensor, x: Tensor) -> Tensor:
        return (s * weight.view(shape)).expand_as(x).contiguous()

    return Linear(scale, shift, forward, back, groups=2)
