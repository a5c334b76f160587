"""The folded twin: batch-norm inside the convolution before it, weights in channels-last memory."""

from dataclasses import dataclass

import torch
from torch import Tensor, fx

from tapetum.network.functional import aten, drop_idle
from tapetum.network.weights import Weights

_CONVOLUTIONS = (aten.conv2d.default, aten.conv2d.padding, aten.convolution.default, aten.linear.default)


@dataclass(frozen=True)
class Fold:
    """One batch-norm and the convolution or linear layer that takes it in, by their nodes' names."""

    into: str
    norm: str


@dataclass(frozen=True, eq=False)
class Twin:
    """A graph that computes the same logits with fewer operations, and its own weights.

    A folded convolution carries the name of the batch-norm that it took in: the value of that name is the
    same in both graphs, and the convolution's own value exists in the faithful graph only.
    """

    graph: fx.Graph
    weights: dict[str, Tensor]


def fold(graph: fx.Graph, weights: Weights) -> Twin:
    """Fold every batch-norm that follows a convolution or linear layer which nobody else reads."""
    folds = {found.norm: found.into for found in foldable(graph)}
    absorbed = set(folds.values())
    nodes = {node.name: node for node in graph.nodes}
    new = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    tensors = {name: weights[name] for name in weights}
    for norm, into in folds.items():
        scale, shift = _affine(nodes[norm], weights)
        folded = _folded(nodes[into], scale, shift, weights)
        tensors[f"{norm}_weight"], tensors[f"{norm}_bias"] = folded
    for node in graph.nodes:
        if node.name in absorbed:
            continue
        if node.name not in folds:
            copies[node] = new.node_copy(node, lambda old: copies[old])
            continue
        layer = nodes[folds[node.name]]
        weight = new.placeholder(f"{node.name}_weight")
        bias = new.placeholder(f"{node.name}_bias")
        for made in (weight, bias):
            made.meta["val"] = tensors[made.name].to("meta")
        arguments = list(layer.args) + [None] * (3 - len(layer.args))
        first, kernel = arguments[:2]
        assert isinstance(first, fx.Node)
        assert isinstance(kernel, fx.Node)
        weight.meta = kernel.meta  # its shape, for whoever follows the geometry of this graph
        arguments[:3] = [copies[first], weight, bias]
        copies[node] = new.create_node(
            "call_function", layer.target, tuple(arguments), dict(layer.kwargs), name=node.name
        )
        copies[node].meta = node.meta
    drop_idle(new)
    used = {n.name for n in new.nodes if n.op == "placeholder"}
    return Twin(new, {name: _channels_last(value) for name, value in tensors.items() if name in used})


def foldable(graph: fx.Graph) -> list[Fold]:
    """Every pair of a batch-norm in evaluation mode and the layer before it that may take it in."""
    found = []
    for node in graph.nodes:
        if node.target is not aten.batch_norm.default or node.args[5] is not False:
            continue
        before = node.args[0]
        if before.target in _CONVOLUTIONS and len(before.users) == 1 and _weights_are_inputs(before):
            if before.target is aten.convolution.default and before.args[6]:
                continue
            found.append(Fold(before.name, node.name))
    return found


def _weights_are_inputs(node: fx.Node) -> bool:
    return all(isinstance(a, fx.Node) and a.op == "placeholder" for a in node.args[1:3] if a is not None)


def _affine(norm: fx.Node, weights: Weights) -> tuple[Tensor, Tensor]:
    """Batch-norm as scale · x + shift, per channel, computed in float64."""
    gain, offset, mean, variance = (
        weights[argument.name].double() if isinstance(argument, fx.Node) else None
        for argument in norm.args[1:5]
    )
    epsilon = norm.args[7]
    assert mean is not None
    assert variance is not None
    assert isinstance(epsilon, float)
    scale = (variance + epsilon).rsqrt() * (gain if gain is not None else 1.0)
    shift = (offset if offset is not None else 0.0) - mean * scale
    return scale, shift


def _folded(layer: fx.Node, scale: Tensor, shift: Tensor, weights: Weights) -> tuple[Tensor, Tensor]:
    kernel = layer.args[1]
    assert isinstance(kernel, fx.Node)
    weight = weights[kernel.name]
    bias = layer.args[2] if len(layer.args) > 2 else None
    old = weights[bias.name].double() if isinstance(bias, fx.Node) else torch.zeros_like(scale)
    shape = (-1, *([1] * (weight.dim() - 1)))
    return (weight.double() * scale.view(shape)).to(weight.dtype), (old * scale + shift).to(weight.dtype)


def _channels_last(tensor: Tensor) -> Tensor:
    """The same tensor, four-dimensional ones in channels-last memory."""
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
