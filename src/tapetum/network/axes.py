"""One axis of a tensor, and which rows or columns of the picture its elements see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int
from torch import fx

_NOTHING_LO, _NOTHING_HI = 1 << 40, -(1 << 40)
_BATCH = 1009
"""A prime that stands for the batch size when shapes are compared."""

Line = tuple[int, int, int]
"""(stride, first, last): far from the borders element j sees stride · j + first … stride · j + last."""


@dataclass(frozen=True, eq=False)
class Axis:
    """What the elements along dimension `dim` of a tensor see along one axis of the picture.

    An element that sees nothing (it lies in zero padding) has `lo > hi`.
    """

    dim: int
    lo: Int[np.ndarray, " n"]
    hi: Int[np.ndarray, " n"]
    line: Line | None

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

    @property
    def axes(self) -> tuple[Axis | None, Axis | None]:
        """Rows, then columns."""
        return self.rows, self.columns


def shape_of(node: fx.Node) -> tuple[int, ...]:
    """The shape of a node's value, with a fixed prime in place of the batch size."""
    return numbers(node.meta["val"].shape)


def numbers(sizes: Sequence[Any], batch: int = _BATCH) -> tuple[int, ...]:
    """Sizes as plain numbers, for batches of this size."""
    return tuple(number(size, batch) for size in sizes)


def number(size: Any, batch: int) -> int:
    """A size that may depend on the batch, as a plain number for batches of this size."""
    if isinstance(size, int):
        return size
    expression = size.node.expr
    return int(expression.subs(dict.fromkeys(expression.free_symbols, batch)))


def fixed(size: Any) -> int | None:
    """A size that is the same for every batch, or None where it depends on the batch."""
    if isinstance(size, int):
        return size
    return None if size.node.expr.free_symbols else int(size.node.expr)


def pixels(dim: int, count: int) -> Axis:
    """The picture itself: every row sees itself."""
    every = np.arange(count)
    return Axis(dim, every, every, (1, 0, 0))


def whole(axis: Axis, count: int, picture: int) -> Axis:
    """Every one of `count` elements sees the whole picture."""
    return Axis(axis.dim, np.zeros(count, int), np.full(count, picture - 1), None)


def gathered(axis: Axis) -> Axis:
    """One element that sees what all of them see together."""
    return Axis(axis.dim, axis.lo.min(keepdims=True), axis.hi.max(keepdims=True), None)


def taps(axis: Axis, count: int, kernel: int, *, stride: int, padding: int = 0, dilation: int = 1) -> Axis:
    """A window that slides along the axis: element j reads the places j·stride − padding + i·dilation."""
    places = np.arange(count)[:, None] * stride - padding + np.arange(kernel)[None, :] * dilation
    line = None
    if axis.line is not None:
        step, first, last = axis.line
        line = (step * stride, first - step * padding, last + step * (dilation * (kernel - 1) - padding))
    return read(axis, places, line)


def read(axis: Axis, places: Int[np.ndarray, "m k"], line: Line | None = None) -> Axis:
    """Element j reads the places `places[j]`; those outside of the axis are padding and show nothing."""
    inside = (places >= 0) & (places < len(axis.lo))
    safe = np.clip(places, 0, len(axis.lo) - 1)
    lo = np.where(inside, axis.lo[safe], _NOTHING_LO).min(1)
    hi = np.where(inside, axis.hi[safe], _NOTHING_HI).max(1)
    return Axis(axis.dim, lo, hi, line)


def union(axes: Sequence[Axis | None], shape: Sequence[int], picture: int) -> Axis | None:
    """What elements see that are computed from those of several tensors, with broadcasting."""
    known = [axis for axis in axes if axis is not None]
    if not known or len({axis.dim for axis in known}) > 1:
        return None
    dim = known[0].dim
    count = shape[dim]
    if len(known) < len(axes):
        return whole(known[0], count, picture)
    lo = np.min([np.broadcast_to(axis.lo, count) for axis in known], axis=0)
    hi = np.max([np.broadcast_to(axis.hi, count) for axis in known], axis=0)
    lines = [axis.line for axis in known if axis.line is not None]
    line = None
    if len(lines) == len(known) and len({stride for stride, _, _ in lines}) == 1:
        line = (lines[0][0], min(first for _, first, _ in lines), max(last for _, _, last in lines))
    return Axis(dim, lo, hi, line)
