"""The operations that relevance meets, by what they do to it; and the ways that all methods share."""

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.attribution.relevance.values import Values
from tapetum.attribution.relevance.walk import Way
from tapetum.network.axes import fixed
from tapetum.network.functional import aten

CONVOLUTIONS = {
    aten.conv2d.default,
    aten.conv2d.padding,
    aten.convolution.default,
    aten.conv1d.default,
    aten.conv_transpose2d.input,
}
PRODUCTS = {aten.linear.default, aten.matmul.default, aten.mm.default}
ACTIVATIONS = {
    aten.relu.default,
    aten.relu6.default,
    aten.hardtanh.default,
    aten.clamp.default,
    aten.clamp_min.default,
    aten.leaky_relu.default,
    aten.prelu.default,
    aten.elu.default,
    aten.selu.default,
    aten.celu.default,
    aten.gelu.default,
    aten.silu.default,
    aten.mish.default,
    aten.softplus.default,
    aten.hardswish.default,
    aten.hardsigmoid.default,
    aten.sigmoid.default,
    aten.tanh.default,
}
GATES = {
    aten.sigmoid.default,
    aten.hardsigmoid.default,
    aten.hardtanh.default,
    aten.relu6.default,
    aten.tanh.default,
    aten.clamp.default,
    aten.softmax.int,
}
AVERAGES = {
    aten.avg_pool2d.default,
    aten.adaptive_avg_pool2d.default,
    aten.mean.dim,
    aten.mean.default,
    aten.sum.dim_IntList,
    aten.upsample_bilinear2d.vec,
    aten.upsample_bicubic2d.vec,
}
MAXIMA = {
    aten.max_pool2d.default,
    aten.max_pool2d_with_indices.default,
    aten.adaptive_max_pool2d.default,
    aten.amax.default,
}
SUMS = {aten.add.Tensor, aten.sub.Tensor}
MULTIPLICATIONS = {aten.mul.Tensor, aten.div.Tensor}
NORMS = {aten.batch_norm.default}
_RESHAPES = {
    aten.view.default,
    aten.reshape.default,
    aten._unsafe_view.default,
    aten.flatten.using_ints,
    aten.unflatten.int,
    aten.squeeze.default,
    aten.squeeze.dim,
    aten.squeeze.dims,
    aten.unsqueeze.default,
}
UNCHANGED = {aten.contiguous.default, aten.clone.default, aten.alias.default, aten.neg.default}
_ROUTES = {
    aten.permute.default,
    aten.transpose.int,
    aten.t.default,
    aten.slice.Tensor,
    aten.select.int,
    aten.pad.default,
    aten.constant_pad_nd.default,
    aten.expand.default,
    aten.pixel_shuffle.default,
    aten.pixel_unshuffle.default,
    aten.channel_shuffle.default,
    aten.roll.default,
    aten.flip.default,
    aten.index_select.default,
    aten.upsample_nearest2d.vec,
}
_PARTS = {
    aten.split.Tensor,
    aten.split_with_sizes.default,
    aten.chunk.default,
    aten.unbind.int,
    aten.tensor_split.sections,
}
_JOINTS = {aten.cat.default, aten.stack.default}


def operation(node: fx.Node) -> Any:
    """What a node computes; a piece of a tuple goes by the operation that gave the tuple."""
    producer = node.args[0] if node.target is operator.getitem else node
    return producer.target if isinstance(producer, fx.Node) else None


def source_of(node: fx.Node) -> fx.Node:
    """The first argument of the operation behind a node."""
    first = node.args[0]
    assert isinstance(first, fx.Node)
    return source_of(first) if node.target is operator.getitem else first


def moved(node: fx.Node) -> Way | None:
    """The way through an operation that only moves values: each share goes where its value came from."""
    kind = operation(node)
    if kind in _JOINTS:
        return _joined(node)
    if kind in _RESHAPES:
        return Way((source_of(node),), lambda values, received: (_reshaped(values, node, received),))
    if kind in _ROUTES or (kind in _PARTS and node.target is operator.getitem):
        sources = (source_of(node),)
        return Way(sources, lambda values, received: values.pull_linear(node, sources, received))
    return None


def is_mixed(node: fx.Node, live: set[fx.Node]) -> bool:
    """Whether a linear layer is none: its weights depend on the picture, or its statistics on the batch."""
    weights = [a for a in node.all_input_nodes if a is not source_of(node)]
    on_batch = node.target in NORMS and node.args[5] is not False
    return on_batch or source_of(node) not in live or any(weight in live for weight in weights)


def factor(node: fx.Node) -> float:
    """What the second term of a sum is multiplied by."""
    alpha = node.kwargs.get("alpha", 1)
    assert isinstance(alpha, int | float)
    return float(-alpha if node.target is aten.sub.Tensor else alpha)


def elementwise(change: Callable[[Tensor], Tensor], node: fx.Node) -> Way:
    """The way through an operation of which each element has one source; `change` finds its share."""
    return Way((source_of(node),), lambda values, received: (change(received),))


def winner(node: fx.Node) -> Way:
    """The way through a maximum: the largest value gets all."""
    sources = (source_of(node),)

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        return values.pull(node, sources, [values[sources[0]]], received)

    return Way(sources, back, reads=sources)


def like(value: Tensor, received: Tensor) -> Tensor:
    """What was received by a value that was repeated over other dimensions, summed over the repeats."""
    return received.sum_to_size(value.shape) if received.shape != value.shape else received


def _reshaped(values: Values, node: fx.Node, received: Tensor) -> Tensor:
    return received.reshape(values.shape(source_of(node)))


def _joined(node: fx.Node) -> Way:
    parts = node.args[0]
    assert isinstance(parts, list | tuple)
    sources = tuple(source for source in parts if isinstance(source, fx.Node))
    dim = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
    assert isinstance(dim, int)

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        if operation(node) is aten.stack.default:
            return tuple(torch.unbind(received, dim))
        sizes = [fixed(source.meta["val"].shape[dim]) for source in sources]
        assert all(size is not None for size in sizes)
        return tuple(torch.split(received, [size or 0 for size in sizes], dim))

    return Way(sources, back)
