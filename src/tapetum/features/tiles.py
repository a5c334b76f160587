"""A large picture in windows of one size: which part of it each window answers for, and what it sees."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

_CONTEXT = 32
"""Rows and columns that a window sees beyond the part that it answers for, where the picture goes on."""
_PHASES = 32
"""Windows begin at the same place modulo this, a multiple of the strides of most networks."""
SMALLEST = 128
"""Windows of large pictures are not smaller: their parts would vanish beside what they see around."""


@dataclass(frozen=True)
class Span:
    """Along one axis: a window begins at `start` and answers for `first` up to `end` of the picture."""

    start: int
    first: int
    end: int


@dataclass(frozen=True)
class Window:
    """One window of a picture; outside of the picture it sees it mirrored."""

    rows: Span
    columns: Span

    def cut(
        self, picture: Float[Tensor, "1 channel rows columns"], size: tuple[int, int]
    ) -> Float[Tensor, "1 channel height width"]:
        """What the window sees."""
        rows, columns = (
            torch.from_numpy(mirrored(span.start, count, within)).to(picture.device)
            for span, count, within in zip((self.rows, self.columns), size, picture.shape[2:], strict=True)
        )
        return picture.index_select(2, rows).index_select(3, columns)

    def put(
        self, into: Float[Tensor, "1 channel rows columns"], values: Float[Tensor, "1 channel height width"]
    ) -> None:
        """Write the part of the window's values that it answers for to its place."""
        rows, columns = self.rows, self.columns
        into[:, :, rows.first : rows.end, columns.first : columns.end] = values[
            :,
            :,
            rows.first - rows.start : rows.end - rows.start,
            columns.first - columns.start : columns.end - columns.start,
        ]


def mirrored(start: int, count: int, within: int) -> Int[np.ndarray, " count"]:
    """`count` places from `start` on, of an axis of `within` places that goes on mirrored at both ends.

    Example:
        >>> mirrored(-2, 7, 3).tolist()
        [1, 0, 0, 1, 2, 2, 1]
    """
    places = np.arange(start, start + count) % (2 * within)
    return np.minimum(places, 2 * within - 1 - places)


def window_side(count: int, jitter: int, most: int) -> int:
    """How long a window is along an axis of `count` places, at most `most` unless that is very small.

    All of the axis and the jitter where that fits; otherwise as long as its share and what it sees around.
    """
    most = max(most, SMALLEST)
    if count + jitter <= most:
        return count + jitter
    share = count / math.ceil(count / _room(most))
    return next((side for side in range(SMALLEST, most, _PHASES) if _room(side) >= share), most)


def spans(count: int, side: int, jitter: int, draw: np.random.Generator) -> list[Span]:
    """Windows along one axis whose parts fill it once; what divides them, and where they begin, is drawn.

    All windows begin at the same place modulo the strides of the network, so that a layer's places lie in
    each as they would in one window over the whole axis: what differs is only what lies beyond the context.
    """
    if count <= side:
        free = (side - count) // 2
        moved = min(jitter // 2, free)
        return [Span(-free + (int(draw.integers(-moved, moved + 1)) if moved else 0), 0, count)]
    context, phases = _around(side)
    moved, phase = (int(draw.integers(phases)) if jitter else 0 for _ in range(2))
    parts = math.ceil(count / _room(side))
    lines = [round(place * count / parts) + moved - phases // 2 for place in range(1, parts)]
    edges = [0, *sorted({line for line in lines if 0 < line < count}), count]
    return [Span(_start(first - context, phase, phases), first, end) for first, end in pairwise(edges)]


def _around(side: int) -> tuple[int, int]:
    """How much a window of this length sees beyond its part at each end, and modulo what it begins."""
    return min(_CONTEXT, side // 8), min(_PHASES, 2 ** max(0, int(math.log2(max(1, side // 4)))))


def _room(side: int) -> int:
    """How long the part of such a window may be, wherever it begins and the lines lie."""
    context, phases = _around(side)
    return max(1, side - 2 * context - phases - phases // 2)


def _start(most: int, phase: int, phases: int) -> int:
    """The last place up to `most` that lies at this phase."""
    return most - (most - phase) % phases


def windows(
    size: Sequence[int], sides: Sequence[int], jitter: int, draw: np.random.Generator
) -> list[Window]:
    """Windows over a whole picture of rows and columns."""
    rows, columns = (spans(n, side, jitter, draw) for n, side in zip(size, sides, strict=True))
    return [Window(row, column) for row in rows for column in columns]
