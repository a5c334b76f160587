"""Rules for what slides or spreads over rows and columns: convolution, pooling, padding, interpolation."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, fx

from tapetum.network.axes import Axis, gathered, numbers, read, shape_of, taps, whole
from tapetum.network.functional import argument, aten, pair


def convolution(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """A window of the kernel's size; transposed convolutions may look anywhere."""
    weight = node.args[1]
    assert isinstance(weight, fx.Node)
    place = axis.dim - 2
    if len(shape_of(source)) != 4 or place < 0:
        return None
    kernel, count = shape_of(weight)[axis.dim], shape_of(node)[axis.dim]
    if node.target is aten.convolution.default and node.args[6]:
        return whole(axis, count, picture)
    stride = pair(argument(node, 3, "stride", 1))[place]
    dilation = pair(argument(node, 5, "dilation", 1))[place]
    padding = argument(node, 4, "padding", 0)
    if isinstance(padding, str):
        before = dilation * (kernel - 1) // 2 if padding == "same" else 0
    else:
        before = pair(padding)[place]
    return taps(axis, count, kernel, stride=stride, padding=before, dilation=dilation)


def transposed(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """A transposed convolution may look anywhere."""
    return whole(axis, shape_of(node)[axis.dim], picture) if axis.dim > 1 else None


def pool(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """A window, with its stride; the last one may reach over the edge."""
    place = axis.dim - (len(shape_of(source)) - 2)
    if place < 0:
        return axis
    kernel = pair(node.args[1])[place]
    stride = pair(argument(node, 2, "stride") or node.args[1])[place]
    padding = pair(argument(node, 3, "padding", 0))[place]
    average = node.target is aten.avg_pool2d.default
    dilation = 1 if average else pair(argument(node, 4, "dilation", 1))[place]
    count = _count(node, axis.dim)
    return taps(axis, count, kernel, stride=stride, padding=padding, dilation=dilation)


def adaptive_pool(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """Windows that divide the axis as evenly as whole numbers allow."""
    if axis.dim < len(shape_of(source)) - 2:
        return axis
    count, size = _count(node, axis.dim), len(axis.lo)
    if count == 1 and size > 1:
        return gathered(axis)
    if size % count == 0:
        return taps(axis, count, size // count, stride=size // count)
    start = np.arange(count) * size // count
    stop = -(-(np.arange(1, count + 1) * size) // count)
    lo = np.array([axis.lo[a:b].min() for a, b in zip(start, stop, strict=True)])
    hi = np.array([axis.hi[a:b].max() for a, b in zip(start, stop, strict=True)])
    return Axis(axis.dim, lo, hi, None)


def pad(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    amounts = node.args[1]
    assert isinstance(amounts, Sequence)
    place = 2 * (len(shape_of(source)) - 1 - axis.dim)
    before, after = (amounts[place], amounts[place + 1]) if place + 1 < len(amounts) else (0, 0)
    assert isinstance(before, int)
    assert isinstance(after, int)
    mode = argument(node, 2, "mode", "constant") if node.target is aten.pad.default else "constant"
    line = None
    if axis.line is not None:
        step, first, last = axis.line
        line = (step, first - step * before, last - step * before)
    places = np.arange(-before, len(axis.lo) + after)
    end = len(axis.lo) - 1
    if mode == "reflect":
        places = end - np.abs(end - np.abs(places))
    elif mode == "replicate":
        places = np.clip(places, 0, end)
    elif mode == "circular":
        places = places % len(axis.lo)
    return read(axis, places[:, None], line)


def enlarge(node: fx.Node, source: fx.Node, axis: Axis, which: int, picture: int) -> Axis | None:
    """Interpolation: the places that have a weight; nearest reads one, bilinear two, bicubic four."""
    count, size = shape_of(node)[axis.dim], len(axis.lo)
    factors = node.args[-1]
    ratio = 1 / float(factors[axis.dim - 2]) if isinstance(factors, Sequence) else size / count  # type: ignore[arg-type]
    every = np.arange(count)
    if "nearest" in str(node.target):
        places = np.minimum(np.floor(every * ratio + 1e-6).astype(int), size - 1)
        return read(axis, places[:, None])
    if node.args[2]:
        centre = every * ((size - 1) / (count - 1) if count > 1 else 0.0)
    else:
        centre = (every + 0.5) * ratio - 0.5
    bicubic = "bicubic" in str(node.target)
    if not bicubic:
        centre = np.maximum(centre, 0)
    base = np.floor(centre + 1e-6).astype(int)
    between = (centre - base > 1e-6)[:, None]
    reach = np.arange(-1, 3) if bicubic else np.arange(2)
    return read(axis, np.clip(base[:, None] + np.where(between, reach, 0), 0, size - 1))


def _count(node: fx.Node, dim: int) -> int:
    """Size of a node's result along a dimension; of the first one where it has several."""
    value = node.meta["val"]
    return numbers((value if isinstance(value, Tensor) else value[0]).shape)[dim]
