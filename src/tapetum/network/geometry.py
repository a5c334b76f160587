"""Receptive fields: which rows and columns of the picture each element of a tensor can see.

Per tensor and axis two integer arrays, `lo[j]` and `hi[j]`, exact at the borders and on branched graphs; and,
where every element sees the same amount, the line `stride · j + first … stride · j + last` that holds far from
the borders and gives the size that textbooks quote.
"""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, fx

from tapetum.network.functional import aten

_NOTHING_LO, _NOTHING_HI = 1 << 40, -(1 << 40)
_BATCH = 1009
"""A prime that stands for the batch size when shapes are compared."""


@dataclass(frozen=True, eq=False)
class Axis:
    """What the elements along dimension `dim` of a tensor see along one axis of the picture.

    An element that sees nothing (it lies in zero padding) has `lo > hi`.
    """

    dim: int
    lo: Int[np.ndarray, " n"]
    hi: Int[np.ndarray, " n"]
    line: tuple[int, int, int] | None
    """(stride, first, last) far from the borders, or None."""

    @property
    def size(self) -> int:
        """How many picture rows (or columns) one element sees, away from the borders where that is known."""
        if self.line is not None:
            return self.line[2] - self.line[1] + 1
        middle = len(self.lo) // 2
        return int(max(0, self.hi[middle] - self.lo[middle] + 1))

    @property
    def stride(self) -> int | None:
        """How far apart the fields of neighbouring elements lie, where that is the same everywhere."""
        return self.line[0] if self.line is not None else None


@dataclass(frozen=True, eq=False)
class Extent:
    """What one tensor sees: an axis is None where the tensor has no such dimension any more (all is seen)."""

    rows: Axis | None
    columns: Axis | None
    exact: bool = True


def extents(graph: fx.Graph, rows: int, columns: int) -> dict[str, Extent]:
    """The extent of every node that depends on the picture, whose batch is the graph's first placeholder."""
    picture = next(iter(graph.nodes))
    found: dict[fx.Node, Extent] = {picture: Extent(_pixels(2, rows), _pixels(3, columns))}
    for node in graph.nodes:
        if node.op == "call_function" and any(source in found for source in node.all_input_nodes):
            found[node] = _extent(node, found, (rows, columns))
    return {node.name: extent for node, extent in found.items()}


def shape_of(node: fx.Node) -> tuple[int, ...]:
    """The shape of a node's value, with a fixed prime in place of the batch size."""
    return _numbers(node.meta["val"].shape)


def _numbers(shape: Sequence[Any]) -> tuple[int, ...]:
    return tuple(
        size
        if isinstance(size, int)
        else int(size.node.expr.subs(dict.fromkeys(size.node.expr.free_symbols, _BATCH)))
        for size in shape
    )


def _pixels(dim: int, count: int) -> Axis:
    every = np.arange(count)
    return Axis(dim, every, every, (1, 0, 0))


def _whole(axis: Axis, count: int, picture: int) -> Axis:
    return Axis(axis.dim, np.zeros(count, int), np.full(count, picture - 1), None)


def _extent(node: fx.Node, found: dict[fx.Node, Extent], picture: tuple[int, int]) -> Extent:
    value = node.meta.get("val")
    if not isinstance(value, Tensor | list | tuple):
        return Extent(None, None)
    sources = [found[source] for source in node.all_input_nodes if source in found]
    first = node.args[0] if node.args else None
    if isinstance(value, Tensor) and _is_pointwise(node):
        return _hull(node, found, picture)
    rule = _RULES.get(node.target)  # type: ignore[arg-type]
    if rule is None or not (isinstance(first, fx.Node) and first in found or node.target is aten.cat.default):
        return _unknown(sources, node, picture)
    if node.target is aten.cat.default:
        return _cat(node, found, picture)
    assert isinstance(first, fx.Node)
    before = found[first]
    out = []
    for axis, which in ((before.rows, 0), (before.columns, 1)):
        out.append(None if axis is None else rule(node, first, axis, which, picture[which]))
    return Extent(out[0], out[1], all(source.exact for source in sources))


def _is_pointwise(node: fx.Node) -> bool:
    return torch.Tag.pointwise in getattr(node.target, "tags", ()) or node.target in _PASS


def _unknown(sources: Sequence[Extent], node: fx.Node, picture: tuple[int, int]) -> Extent:
    """An operation without a rule may look anywhere; dimensions survive where the shape does."""
    value = node.meta.get("val")
    known = node.target in _GLOBAL
    exact = known and all(source.exact for source in sources)
    if not isinstance(value, Tensor):
        return Extent(None, None, exact)
    shape = shape_of(node)
    out: list[Axis | None] = []
    for which in (0, 1):
        axes = [(s.rows, s.columns)[which] for s in sources]
        keep = next(
            (a for a in axes if a is not None and a.dim < len(shape) and shape[a.dim] == len(a.lo)), None
        )
        out.append(None if keep is None else _whole(keep, len(keep.lo), picture[which]))
    return Extent(out[0], out[1], exact)


def _hull(node: fx.Node, found: dict[fx.Node, Extent], picture: tuple[int, int]) -> Extent:
    """Elementwise operations: the union of what the operands see, with broadcasting."""
    shape = shape_of(node)
    out: list[Axis | None] = []
    operands = [
        source
        for source in node.all_input_nodes
        if source in found and isinstance(source.meta["val"], Tensor)
    ]
    for which in (0, 1):
        axes = []
        for source in operands:
            axis = (found[source].rows, found[source].columns)[which]
            shift = len(shape) - source.meta["val"].dim()
            axes.append(None if axis is None else replace(axis, dim=axis.dim + shift))
        out.append(_union(axes, shape, picture[which]))
    return Extent(out[0], out[1], all(found[source].exact for source in operands))


def _union(axes: Sequence[Axis | None], shape: Sequence[int], picture: int) -> Axis | None:
    known = [axis for axis in axes if axis is not None]
    if not known or len({axis.dim for axis in known}) > 1:
        return None
    widest = max(known, key=lambda axis: len(axis.lo))
    count = shape[widest.dim]
    if len(known) < len(axes):
        return _whole(widest, count, picture)
    lo = np.min([np.broadcast_to(axis.lo, count) for axis in known], axis=0)
    hi = np.max([np.broadcast_to(axis.hi, count) for axis in known], axis=0)
    lines = [axis.line for axis in known]
    line = None
    if all(found is not None and found[0] == lines[0][0] for found in lines):  # type: ignore[index]
        line = (lines[0][0], min(found[1] for found in lines), max(found[2] for found in lines))  # type: ignore[index]
    return Axis(widest.dim, lo, hi, line)


def _cat(node: fx.Node, found: dict[fx.Node, Extent], picture: tuple[int, int]) -> Extent:
    tensors: Sequence[fx.Node] = node.args[0]  # type: ignore[assignment]
    shape = shape_of(node)
    dim = int(node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)) % len(shape)  # type: ignore[call-overload]
    out: list[Axis | None] = []
    for which in (0, 1):
        pairs = [(t, (found[t].rows, found[t].columns)[which] if t in found else None) for t in tensors]
        axes = [axis for tensor, axis in pairs if tensor in found]
        if any(axis is not None and axis.dim == dim for axis in axes):
            parts = [
                (axis.lo, axis.hi)
                if axis is not None
                else (np.zeros(shape_of(t)[dim], int), np.full(shape_of(t)[dim], picture[which] - 1))
                for t, axis in pairs
            ]
            out.append(
                Axis(dim, np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), None)
            )
        else:
            out.append(_union(axes, shape, picture[which]))
    return Extent(out[0], out[1], all(found[t].exact for t in tensors if t in found))


Rule = Callable[[fx.Node, fx.Node, Axis, int, int], Axis | None]
"""rule(node, its first argument, what that sees, 0 for rows or 1 for columns, picture size) -> what node sees."""


def _taps(axis: Axis, count: int, kernel: int, stride: int, padding: int, dilation: int) -> Axis:
    """A window that slides along the axis: element j reads the places j·stride − padding + i·dilation."""
    places = np.arange(count)[:, None] * stride - padding + np.arange(kernel)[None, :] * dilation
    inside = (places >= 0) & (places < len(axis.lo))
    safe = np.clip(places, 0, len(axis.lo) - 1)
    lo = np.where(inside, axis.lo[safe], _NOTHING_LO).min(1)
    hi = np.where(inside, axis.hi[safe], _NOTHING_HI).max(1)
    line = None
    if axis.line is not None:
        step, first, last = axis.line
        line = (step * stride, first - step * padding, last + step * (dilation * (kernel - 1) - padding))
    return Axis(axis.dim, lo, hi, line)


def _places(axis: Axis, places: Int[np.ndarray, " m"], line: tuple[int, int, int] | None) -> Axis:
    """Element j reads the one place `places[j]`, or nothing where that is negative."""
    lo = np.where(places >= 0, axis.lo[np.maximum(places, 0)], _NOTHING_LO)
    hi = np.where(places >= 0, axis.hi[np.maximum(places, 0)], _NOTHING_HI)
    return Axis(axis.dim, lo, hi, line)


def argument(node: fx.Node, place: int, name: str, default: Any = None) -> Any:
    """An operation's argument, given by position or by name."""
    return node.args[place] if len(node.args) > place else node.kwargs.get(name, default)


def pair(value: Any) -> tuple[int, int]:
    """(rows, columns) from an argument that is one number, a list of one, or a list of two."""
    if isinstance(value, int):
        return value, value
    return (value[0], value[0]) if len(value) == 1 else (value[0], value[1])


def _convolution(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    weight = node.args[1]
    assert isinstance(weight, fx.Node)
    if len(shape_of(source)) != 4 or axis.dim != 2 + which:
        return None
    kernel = shape_of(weight)[2 + which]
    count = shape_of(node)[2 + which]
    if node.target is aten.convolution.default and node.args[6]:
        return _whole(axis, count, picture)
    stride = pair(argument(node, 3, "stride", 1))[which]
    dilation = pair(argument(node, 5, "dilation", 1))[which]
    padding = argument(node, 4, "padding", 0)
    if isinstance(padding, str):
        before = dilation * (kernel - 1) // 2 if padding == "same" else 0
    else:
        before = pair(padding)[which]
    return _taps(axis, count, kernel, stride, before, dilation)


def _pool(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    if axis.dim != len(shape_of(source)) - 2 + which:
        return None
    value = node.meta["val"]
    count = _numbers((value if isinstance(value, Tensor) else value[0]).shape)[axis.dim]
    kernel = pair(node.args[1])[which]
    stride = pair(argument(node, 2, "stride") or node.args[1])[which]
    padding = pair(argument(node, 3, "padding", 0))[which]
    average = node.target is aten.avg_pool2d.default
    dilation = 1 if average else pair(argument(node, 4, "dilation", 1))[which]
    return _taps(axis, count, kernel, stride, padding, dilation)


def _adaptive_pool(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    if axis.dim != len(shape_of(source)) - 2 + which:
        return None
    value = node.meta["val"]
    count = _numbers((value if isinstance(value, Tensor) else value[0]).shape)[axis.dim]
    size = len(axis.lo)
    if count == 1 and size > 1:
        return _whole(axis, 1, picture)
    if size % count == 0:
        return _taps(axis, count, size // count, size // count, 0, 1)
    start = np.arange(count) * size // count
    stop = -(-(np.arange(1, count + 1) * size) // count)
    lo = np.array([axis.lo[a:b].min() for a, b in zip(start, stop, strict=True)])
    hi = np.array([axis.hi[a:b].max() for a, b in zip(start, stop, strict=True)])
    return Axis(axis.dim, lo, hi, None)


def _reduction(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    place = 2 if node.target is aten.linalg_vector_norm.default else 1
    dims = argument(node, place, "dim")
    keep = bool(argument(node, place + 1, "keepdim", False))
    if dims is None:
        return None
    count = len(shape_of(source))
    gone = {int(d) % count for d in ([dims] if isinstance(dims, int) else dims)}
    if axis.dim in gone:
        return Axis(axis.dim, axis.lo.min(keepdims=True), axis.hi.max(keepdims=True), None) if keep else None
    return axis if keep else replace(axis, dim=axis.dim - sum(d < axis.dim for d in gone))


def _reshape(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """The dimension survives where the new shape has one of its size with as many elements before it."""
    old, new = shape_of(source), shape_of(node)
    before = math.prod(old[: axis.dim])
    fitting = [d for d in range(len(new)) if new[d] == len(axis.lo) and math.prod(new[:d]) == before]
    if not fitting:
        return None
    dim = (
        axis.dim if axis.dim in fitting else fitting[min(which, len(fitting) - 1) if len(axis.lo) == 1 else 0]
    )
    return replace(axis, dim=dim)


def _permute(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    count = len(shape_of(source))
    order = list(range(count))
    if node.target is aten.permute.default:
        order = [int(d) % count for d in node.args[1]]  # type: ignore[union-attr,arg-type]
    else:
        a, b = int(node.args[1]) % count, int(node.args[2]) % count  # type: ignore[arg-type]
        order[a], order[b] = order[b], order[a]
    return replace(axis, dim=order.index(axis.dim))


def _slice(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    dim = int(argument(node, 1, "dim", 0)) % len(shape_of(source))
    if dim != axis.dim:
        return axis
    size = len(axis.lo)
    places = np.arange(size)[
        slice(argument(node, 2, "start"), argument(node, 3, "end"), argument(node, 4, "step", 1))
    ]
    if not len(places):
        return None
    line = None
    if axis.line is not None:
        step, first, last = axis.line
        jump = int(argument(node, 4, "step", 1))
        line = (step * jump, first + step * int(places[0]), last + step * int(places[0]))
    return _places(axis, places, line)


def _select(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    dim = int(argument(node, 1, "dim", 0)) % len(shape_of(source))
    return None if dim == axis.dim else replace(axis, dim=axis.dim - (dim < axis.dim))


def _keep(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    return axis


def _getitem(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """One piece of a split; pieces along the axis itself are cut out of it."""
    pieces = source.meta["val"]
    if source.target not in _SPLITS:
        return axis
    dim = int(argument(source, 2, "dim", 0)) % len(shape_of(node))
    if dim != axis.dim:
        return axis
    sizes = [_numbers(piece.shape)[dim] for piece in pieces]
    index = int(node.args[1])  # type: ignore[arg-type]
    start = sum(sizes[:index])
    return _places(axis, np.arange(start, start + sizes[index]), None)


def _pad(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    amounts: Sequence[int] = node.args[1]  # type: ignore[assignment]
    place = 2 * (len(shape_of(source)) - 1 - axis.dim)
    before, after = (amounts[place], amounts[place + 1]) if place + 1 < len(amounts) else (0, 0)
    mode = argument(node, 2, "mode", "constant") if node.target is aten.pad.default else "constant"
    every = np.arange(len(axis.lo))
    grown = [max(before, 0), max(after, 0)]
    if mode == "constant":
        places = np.pad(every, grown, constant_values=-1)
    else:
        places = np.pad(
            every, grown, mode={"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
        )
    places = places[max(-before, 0) : len(places) - max(-after, 0)]
    line = None
    if axis.line is not None:
        step, first, last = axis.line
        line = (step, first - step * before, last - step * before)
    return _places(axis, places, line)


def _layer_norm(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    normalised = len(node.args[1])  # type: ignore[arg-type]
    inside = axis.dim >= len(shape_of(source)) - normalised
    return _whole(axis, len(axis.lo), picture) if inside else axis


def _softmax(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    dim = int(node.args[1]) % len(shape_of(source))  # type: ignore[arg-type]
    return _whole(axis, len(axis.lo), picture) if dim == axis.dim else axis


def _linear(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    return None if axis.dim == len(shape_of(source)) - 1 else axis


def _everywhere(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    return _whole(axis, len(axis.lo), picture)


def _roll(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    count = len(shape_of(source))
    shifts = dict(zip([int(d) % count for d in argument(node, 2, "dims", [])], node.args[1], strict=True))  # type: ignore[arg-type]
    if axis.dim not in shifts:
        return axis
    return _places(axis, np.roll(np.arange(len(axis.lo)), int(shifts[axis.dim])), None)


def _enlarge(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """Interpolation: every place that the widest kernel (bicubic) may read; nearest reads one."""
    count, size = shape_of(node)[axis.dim], len(axis.lo)
    reach = 0 if "nearest" in str(node.target) else 2 if "bicubic" in str(node.target) else 1
    centre = np.floor(
        np.arange(count) * size / count if reach == 0 else (np.arange(count) + 0.5) * size / count - 0.5
    )
    centre = centre.astype(int)
    around = np.clip(centre[:, None] + np.arange(1 - reach if reach else 0, reach + 1)[None, :], 0, size - 1)
    return Axis(axis.dim, axis.lo[around].min(1), axis.hi[around].max(1), None)


_SPLITS = (
    aten.chunk.default,
    aten.split.Tensor,
    aten.split.sizes,
    aten.split_with_sizes.default,
)
_PASS = {
    aten.contiguous.default,
    aten.clone.default,
    aten.to.dtype,
    aten.to.dtype_layout,
    aten._to_copy.default,
    aten.expand.default,
    aten.batch_norm.default,
    aten._native_batch_norm_legit_no_training.default,
    aten.dropout.default,
    aten.feature_dropout.default,
    aten.prelu.default,
    aten.channel_shuffle.default,
    aten.hardswish.default,
    aten.hardsigmoid.default,
}
_GLOBAL = {
    aten.matmul.default,
    aten.bmm.default,
    aten.mm.default,
    aten.addmm.default,
    aten.scaled_dot_product_attention.default,
    aten.einsum.default,
    aten.mean.default,
    aten.sum.default,
}
_RULES: dict[Any, Rule] = {
    aten.conv2d.default: _convolution,
    aten.conv2d.padding: _convolution,
    aten.convolution.default: _convolution,
    aten.max_pool2d.default: _pool,
    aten.max_pool2d_with_indices.default: _pool,
    aten.avg_pool2d.default: _pool,
    aten.adaptive_avg_pool2d.default: _adaptive_pool,
    aten._adaptive_avg_pool2d.default: _adaptive_pool,
    aten.adaptive_max_pool2d.default: _adaptive_pool,
    aten.mean.dim: _reduction,
    aten.sum.dim_IntList: _reduction,
    aten.amax.default: _reduction,
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
    aten.cat.default: _keep,
    aten.chunk.default: _keep,
    aten.split.Tensor: _keep,
    aten.split.sizes: _keep,
    aten.split_with_sizes.default: _keep,
    operator.getitem: _getitem,
    aten.constant_pad_nd.default: _pad,
    aten.pad.default: _pad,
    aten.layer_norm.default: _layer_norm,
    aten.group_norm.default: _everywhere,
    aten.instance_norm.default: _everywhere,
    aten.softmax.int: _softmax,
    aten._softmax.default: _softmax,
    aten.linear.default: _linear,
    aten.roll.default: _roll,
    aten.upsample_nearest2d.vec: _enlarge,
    aten.upsample_bilinear2d.vec: _enlarge,
    aten.upsample_bicubic2d.vec: _enlarge,
}
