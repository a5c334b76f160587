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
    """How long a window is along an axis of `count` places: all of it and the jitter, or `most`."""
    return min(count + jitter, max(most, 2 * _CONTEXT + 2 * jitter))


def spans(count: int, side: int, jitter: int, draw: np.random.Generator) -> list[Span]:
    """Windows along one axis whose parts fill it once; what divides them, and what they begin at, is drawn.

    The parts are equally long but for the ends; all lines between them move together by up to half the
    jitter, and each window begins anywhere that leaves its part its context.
    """
    if count <= side:
        return [Span(-_drawn(side - count, jitter, draw), 0, count)]
    context = min(_CONTEXT, side // 4)
    reach = max(1, side - 2 * context - jitter)
    parts = math.ceil(count / reach)
    shift = int(draw.integers(-(jitter // 2), jitter // 2 + 1)) if jitter else 0
    lines = [0, *(round(place * count / parts) + shift for place in range(1, parts)), count]
    lines = sorted({min(max(line, 0), count) for line in lines})
    found = []
    for first, end in pairwise(lines):
        free = side - (end - first)
        within = min(context, free // 2)
        found.append(Span(first - within - _drawn(free - 2 * within, jitter, draw), first, end))
    return found


def _drawn(free: int, jitter: int, draw: np.random.Generator) -> int:
    """How much of the free places lies before the part: half, moved at random by up to half the jitter."""
    about = free // 2
    moved = min(jitter // 2, about)
    return about + (int(draw.integers(-moved, moved + 1)) if moved else 0)


def windows(
    size: Sequence[int], sides: Sequence[int], jitter: int, draw: np.random.Generator
) -> list[Window]:
    """Windows over a whole picture of rows and columns."""
    rows, columns = (spans(n, side, jitter, draw) for n, side in zip(size, sides, strict=True))
    return [Window(row, column) for row in rows for column in columns]
