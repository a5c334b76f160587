"""One rule per operation: what it lets each element of its result see, along one axis of the picture."""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from torch import fx

from tapetum.network import windows
from tapetum.network.axes import Axis, gathered, numbers, read, shape_of, whole
from tapetum.network.functional import argument, aten

Rule = Callable[[fx.Node, fx.Node, Axis, int, int], Axis | None]
"""rule(node, its first argument, what that sees, 0 for rows or 1 for columns, picture size).

It returns what the node sees along that axis, or None where its result has no such dimension."""


def _dims(value: Any, count: int) -> list[int]:
    return [int(d) % count for d in ([value] if isinstance(value, int) else value)]


def _reduction(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    place = 2 if node.target is aten.linalg_vector_norm.default else 1
    dims = argument(node, place, "dim")
    if dims is None:
        return None
    keep = "correction" not in str(node.target) and bool(argument(node, place + 1, "keepdim", False))
    keep = keep or bool(node.kwargs.get("keepdim", False))
    gone = set(_dims(dims, len(shape_of(source))))
    if axis.dim in gone:
        return gathered(axis) if keep else None
    return axis if keep else replace(axis, dim=axis.dim - sum(d < axis.dim for d in gone))


def _reshape(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """The dimension survives where the new shape has one of its size with as many elements before it."""
    old, new = shape_of(source), shape_of(node)
    before = math.prod(old[: axis.dim])
    fitting = [d for d in range(len(new)) if new[d] == len(axis.lo) and math.prod(new[:d]) == before]
    if not fitting:
        return None
    if axis.dim in fitting:
        return axis
    return replace(axis, dim=fitting[min(which, len(fitting) - 1) if len(axis.lo) == 1 else 0])


def _permute(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    count = len(shape_of(source))
    order = list(range(count))
    if node.target is aten.permute.default:
        order = _dims(node.args[1], count)
    else:
        a, b = _dims(node.args[1:3], count)
        order[a], order[b] = order[b], order[a]
    return replace(axis, dim=order.index(axis.dim))


def _slice(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    if argument(node, 1, "dim", 0) % len(shape_of(source)) != axis.dim:
        return axis
    jump = int(argument(node, 4, "step", 1))
    window = slice(argument(node, 2, "start"), argument(node, 3, "end"), jump)
    places = np.arange(len(axis.lo))[window]
    if not len(places):
        return None
    line = None
    if axis.line is not None:
        step, first, last = axis.line
        line = (step * jump, first + step * int(places[0]), last + step * int(places[0]))
    return read(axis, places[:, None], line)


def _select(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    dim = argument(node, 1, "dim", 0) % len(shape_of(source))
    return None if dim == axis.dim else replace(axis, dim=axis.dim - (dim < axis.dim))


def _keep(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    return axis


def _getitem(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """One piece of a split; pieces along the axis itself are cut out of it."""
    if source.target not in _SPLITS:
        return axis
    dim = argument(source, 2, "dim", 0) % len(shape_of(node))
    if dim != axis.dim:
        return axis
    sizes = [numbers(piece.shape)[dim] for piece in source.meta["val"]]
    index = argument(node, 1, "index")
    start = sum(sizes[:index])
    return read(axis, np.arange(start, start + sizes[index])[:, None])


def _layer_norm(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    normalised = node.args[1]
    assert isinstance(normalised, Sequence)
    inside = axis.dim >= len(shape_of(source)) - len(normalised)
    return whole(axis, len(axis.lo), picture) if inside else axis


def _softmax(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    dim = argument(node, 1, "dim") % len(shape_of(source))
    return whole(axis, len(axis.lo), picture) if dim == axis.dim else axis


def _linear(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    return None if axis.dim == len(shape_of(source)) - 1 else axis


def _everywhere(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    return whole(axis, len(axis.lo), picture)


def _roll(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    dims = _dims(argument(node, 2, "dims", []), len(shape_of(source)))
    shifts = dict(zip(dims, argument(node, 1, "shifts"), strict=False))
    if axis.dim not in shifts:
        return axis if dims else whole(axis, len(axis.lo), picture)
    return read(axis, np.roll(np.arange(len(axis.lo)), int(shifts[axis.dim]))[:, None])


def _flip(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    if axis.dim not in _dims(node.args[1], len(shape_of(source))):
        return axis
    return read(axis, np.arange(len(axis.lo))[::-1, None])


_SPLITS = (aten.chunk.default, aten.split.Tensor, aten.split.sizes, aten.split_with_sizes.default)
POINTWISE = {
    aten.contiguous.default,
    aten.clone.default,
    aten.to.dtype,
    aten.to.dtype_layout,
    aten._to_copy.default,
    aten.expand.default,
    aten.batch_norm.default,
    aten.prelu.default,
    aten.channel_shuffle.default,
    aten.hardswish.default,
    aten.hardsigmoid.default,
}
"""Operations that keep every element at its place, but are not tagged so in torch."""

GLOBAL = {
    aten.matmul.default,
    aten.bmm.default,
    aten.mm.default,
    aten.addmm.default,
    aten.scaled_dot_product_attention.default,
    aten.einsum.default,
    aten.mean.default,
    aten.sum.default,
}
"""Operations that look everywhere: the whole picture is the true answer for them."""

RULES: dict[Any, Rule] = {
    aten.conv2d.default: windows.convolution,
    aten.conv2d.padding: windows.convolution,
    aten.convolution.default: windows.convolution,
    aten.conv_transpose2d.input: windows.transposed,
    aten.max_pool2d.default: windows.pool,
    aten.max_pool2d_with_indices.default: windows.pool,
    aten.avg_pool2d.default: windows.pool,
    aten.adaptive_avg_pool2d.default: windows.adaptive_pool,
    aten._adaptive_avg_pool2d.default: windows.adaptive_pool,
    aten.adaptive_max_pool2d.default: windows.adaptive_pool,
    aten.mean.dim: _reduction,
    aten.sum.dim_IntList: _reduction,
    aten.amax.default: _reduction,
    aten.max.dim: _reduction,
    aten.linalg_vector_norm.default: _reduction,
    aten.var.correction: _reduction,
    aten.view.default: _reshape,
    aten.reshape.default: _reshape,
    aten.flatten.using_ints: _reshape,
    aten.unflatten.int: _reshape,
    aten._unsafe_view.default: _reshape,
    aten.squeeze.dim: _reshape,
    aten.squeeze.dims: _reshape,
    aten.unsqueeze.default: _reshape,
    aten.permute.default: _permute,
    aten.transpose.int: _permute,
    aten.slice.Tensor: _slice,
    aten.select.int: _select,
    aten.unbind.int: _select,
    aten.chunk.default: _keep,
    aten.split.Tensor: _keep,
    aten.split.sizes: _keep,
    aten.split_with_sizes.default: _keep,
    operator.getitem: _getitem,
    aten.constant_pad_nd.default: windows.pad,
    aten.pad.default: windows.pad,
    aten.layer_norm.default: _layer_norm,
    aten.group_norm.default: _everywhere,
    aten.instance_norm.default: _everywhere,
    aten.softmax.int: _softmax,
    aten._softmax.default: _softmax,
    aten.linear.default: _linear,
    aten.roll.default: _roll,
    aten.flip.default: _flip,
    aten.upsample_nearest2d.vec: windows.enlarge,
    aten.upsample_bilinear2d.vec: windows.enlarge,
    aten.upsample_bicubic2d.vec: windows.enlarge,
}
