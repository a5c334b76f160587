"""Programs on a CPU that autograd follows back to the picture: convolutions in oneDNN's own form, both ways.

A convolution takes in the activation behind it. The gradient of one that does not skip places is a
convolution as well, of the gradient with the kernels turned around, and runs through the same fast code; what
is kept for the way back is the result alone, and not the input.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn

from tapetum.network.axes import numbers
from tapetum.network.functional import aten, pair
from tapetum.network.packed import onednn
from tapetum.network.program import Program, reuse_memory
from tapetum.network.wayback import gradient_is_ours, hasten

_SEVERAL = 16


@dataclass(frozen=True, eq=False)
class _Convolution:
    """A convolution with its activation: what both ways need.

    `back` holds the turned kernels, where the way back is a convolution too, and `around` its padding.
    """

    kernels: Tensor
    plain: Tensor
    bias: Tensor | None
    padding: list[int]
    stride: list[int]
    dilation: list[int]
    groups: int
    activation: tuple[str, list[float]]
    ours: bool
    back: Tensor | None
    around: list[int]


def packed_back(program: Program, leaf: str) -> Program:
    """The same program with its convolutions packed for both ways. `program` is used up."""
    graph = program.graph
    weights = {name: program.weights[name] for name in program.weight_names}
    for node in list(graph.nodes):
        if node.target is aten.conv2d.default and _is_ours(node, weights, leaf):
            _put(graph, node, weights)
    graph.eliminate_dead_code()
    reuse_memory(graph, "backward")
    hasten(graph, next(iter(graph.nodes)))
    function = fx.GraphModule(nn.Module(), graph).forward
    return replace(program, function=function, weights=weights)


def _is_ours(node: fx.Node, weights: dict[str, Tensor], leaf: str) -> bool:
    source, weight = node.args[:2]
    bias = node.args[2] if len(node.args) > 2 else None
    return (
        isinstance(source, fx.Node)
        and source.name != leaf  # the first convolution has a way of its own
        and isinstance(weight, fx.Node)
        and weight.name in weights
        and (bias is None or (isinstance(bias, fx.Node) and bias.name in weights))
    )


def _put(graph: fx.Graph, node: fx.Node, weights: dict[str, Tensor]) -> None:
    found, last = _described(node, weights)
    with graph.inserting_before(last):
        fused = graph.call_function(_both_ways(found), (node.args[0],))
    fused.meta = last.meta
    last.replace_all_uses_with(fused)


def _described(node: fx.Node, weights: dict[str, Tensor]) -> tuple[_Convolution, fx.Node]:
    """The convolution, and the last node that it stands for."""
    source, weight, bias = (*node.args[:2], node.args[2] if len(node.args) > 2 else None)
    given: tuple[Any, ...] = (*node.args[3:], *(1, 0, 1, 1)[len(node.args[3:]) :])
    stride, padding, dilation = (list(pair(value)) for value in given[:3])
    groups = int(given[3])
    plain = weights[weight.name]
    geometry = (padding, stride, dilation, groups)
    shape = numbers(source.meta["val"].shape, _SEVERAL)
    result = numbers(node.meta["val"].shape, _SEVERAL)
    back, around = None, [d * (k - 1) - p for d, k, p in zip(dilation, plain.shape[2:], padding, strict=True)]
    if max(stride) == 1 and min(around) >= 0:
        back = _pack(_turned(plain, groups), (around, [1, 1], dilation, groups), result)
    user = next(iter(node.users)) if len(node.users) == 1 else None
    activation = None if user is None else _activation(user)
    last = node if activation is None or user is None else user
    return (
        _Convolution(
            _pack(plain, geometry, shape),
            plain,
            None if bias is None else weights[bias.name],
            *geometry,
            activation or ("none", []),
            gradient_is_ours(last),
            back,
            around,
        ),
        last,
    )


def _activation(node: fx.Node) -> tuple[str, list[float]] | None:
    """Activations whose gradient can be told from their result."""
    if node.target is aten.hardtanh.default:
        bounds: tuple[Any, ...] = (*node.args[1:], *(-1.0, 1.0)[len(node.args) - 1 :])
        return "hardtanh", [float(bound) for bound in bounds]
    return ("relu", []) if node.target is aten.relu.default else None


def _turned(weight: Tensor, groups: int) -> Tensor:
    """Kernels of the gradient: turned by 180°, inputs and outputs of each group exchanged."""
    out, each, tall, wide = weight.shape
    grouped = weight.view(groups, out // groups, each, tall, wide).transpose(1, 2)
    return grouped.reshape(groups * each, out // groups, tall, wide).flip(2, 3).contiguous()


def _pack(weight: Tensor, geometry: tuple[Any, ...], shape: tuple[int, ...]) -> Tensor:
    reorder: Any = torch._C._nn.mkldnn_reorder_conv2d_weight
    found: Tensor = reorder(weight.contiguous().to_mkldnn(), *geometry, shape)
    return found


def _dense(value: Tensor) -> bool:
    return value.is_contiguous(memory_format=torch.channels_last) or value.is_contiguous()


def _both_ways(layer: _Convolution) -> Callable[[Tensor], Tensor]:
    def convolved(value: Tensor) -> Tensor:
        return _Convolved.apply(value, layer)  # type: ignore[no-untyped-call, no-any-return]

    return convolved


class _Convolved(torch.autograd.Function):
    """A convolution and its activation; on the way back only the gradient of its input."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, layer: _Convolution) -> Tensor:
        word, bounds = layer.activation
        found: Tensor = onednn._convolution_pointwise.default(
            value,
            layer.kernels,
            layer.bias,
            layer.padding,
            layer.stride,
            layer.dilation,
            layer.groups,
            word,
            bounds,
            "",
        )
        ctx.layer, ctx.shape = layer, value.shape
        if word != "none":
            ctx.save_for_backward(found)
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        layer, gradient = ctx.layer, gradients[0]
        word, bounds = layer.activation
        if word != "none":
            (result,) = ctx.saved_tensors
            into = gradient if layer.ours and _dense(gradient) else torch.empty_like(result)
            if word == "relu":
                aten.threshold_backward.grad_input(gradient, result, 0, grad_input=into)
            else:
                aten.hardtanh_backward.grad_input(gradient, result, *bounds, grad_input=into)
            gradient = into
        if layer.back is not None:
            settings = (layer.around, [1, 1], layer.dilation, layer.groups, "none", [], "")
            gradient = gradient.contiguous(memory_format=torch.channels_last)
            return onednn._convolution_pointwise.default(gradient, layer.back, None, *settings), None
        found = torch.nn.grad.conv2d_input(
            ctx.shape,
            layer.plain,
            gradient,
            tuple(layer.stride),
            tuple(layer.padding),
            tuple(layer.dilation),
            layer.groups,
        )
        return found, None
