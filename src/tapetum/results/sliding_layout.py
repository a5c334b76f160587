"""Where the grids of a sliding window stand: inputs, kernels, products and results, side by side."""

from typing import TYPE_CHECKING, Literal, NamedTuple

from tapetum.errors import WindowError
from tapetum.pictures.number_grid import font_of

if TYPE_CHECKING:
    from tapetum.results.sliding_window import SlidingWindow

TITLE, SMALL = 24, 14
MARGIN, FOOT = 28, 68
_HIGH, _BROAD = 430, 480
"""Room for one stack of grids."""
_CELL, _TAP, _READABLE = 40, 34, 30
_GAP, _BETWEEN, _SUM = 40, 14, 64
_MOST = 4
"""Grids above each other."""
_MOST_SIDE = 512


class Grid(NamedTuple):
    """One grid of numbers: which map of the result and channel it belongs to, and its left top corner."""

    output: int
    channel: int
    title: str
    left: int = 0
    top: int = 0


class Stack(NamedTuple):
    """Grids of one kind and size above each other; `beside` is room for a number at their right."""

    kind: Literal["input", "kernel", "products", "output"]
    grids: tuple[Grid, ...]
    shape: tuple[int, int]
    cell: int
    beside: int = 0

    @property
    def width(self) -> int:
        """In pixels, titles included."""
        longest = round(max(map(font_of(SMALL).getlength, (grid.title for grid in self.grids))))
        return max(self.shape[1] * self.cell, longest) + self.beside

    @property
    def pitch(self) -> int:
        """From one grid to the next, in pixels."""
        return self.shape[0] * self.cell + TITLE + _BETWEEN


def layout(found: "SlidingWindow", *, still: bool) -> tuple[tuple[int, int], list[Stack]]:
    """The size of the picture, and its grids in their places.

    Raises:
        WindowError: more rows or columns than a screen shows.
    """
    largest = max(*found.padded.shape[1:], *found.values.shape[1:])
    if largest > _MOST_SIDE:
        raise WindowError(
            f"A side of {largest:,} numbers is too long to be drawn. "
            f"Give at most {_MOST_SIDE} rows and columns, or look at the values."
        )
    stacks = _stacks(found, still=still)
    # Stacks of equally many grids keep step: a kernel stands beside its channel.
    pitches = {count: max(s.pitch for s in stacks if len(s.grids) == count) for count in map(_count, stacks)}
    height = max(count * pitch for count, pitch in pitches.items()) - _BETWEEN
    left, placed = MARGIN, []
    for stack in stacks:
        # The second stack of results begins where the first does.
        count = max(len(one.grids) for one in stacks if one.kind == stack.kind)
        pitch = pitches[count] if count > 1 else stack.pitch
        top = MARGIN + (height - (count - 1) * pitch - stack.pitch + _BETWEEN) // 2 + TITLE
        grids = (grid._replace(left=left, top=top + place * pitch) for place, grid in enumerate(stack.grids))
        placed.append(stack._replace(grids=tuple(grids)))
        left += stack.width + _GAP
    return (left - _GAP + MARGIN, height + 2 * MARGIN + FOOT), placed


def _count(stack: Stack) -> int:
    return len(stack.grids)


def _stacks(found: "SlidingWindow", *, still: bool) -> list[Stack]:
    each = min(len(found.reads(0)), _MOST)
    outputs = range(min(len(found.values), max(1, _MOST // each)))
    rows = [(output, channel) for output in outputs for channel in found.reads(output)[:each]]
    channels = list(dict.fromkeys(channel for _, channel in rows))
    before, after = found.padded.shape[1:], found.values.shape[1:]
    inputs = [Grid(-1, c, _input_title(found, c)) for c in channels]
    cell = _cell(before, len(inputs), _CELL)
    stacks = [Stack("input", tuple(inputs), before, cell)]
    taps = _cell(found.kernel, len(rows), _TAP)
    if found.filters is not None:
        kernels = [Grid(f, c, _kernel_title(found, f, c, each)) for f, c in rows]
        stacks.append(Stack("kernel", tuple(kernels), found.kernel, taps))
    if not still:
        name = "window" if found.filters is None else "products"
        products = tuple(Grid(output, channel, name) for output, channel in rows)
        stacks.append(Stack("products", products, found.kernel, taps, _SUM))
    results = [Grid(f, -1, _result_title(found, f)) for f in outputs]
    # Several maps of one channel stand two by two, so that their numbers can be read.
    broad = 2 if len(results) > 2 and len(inputs) == 1 else 1
    room = _cell((after[0], after[1] * broad), -(-len(results) // broad), _CELL)
    made = min(room, max(cell, _READABLE))
    return [*stacks, *(Stack("output", tuple(results[i::broad]), after, made) for i in range(broad))]


def _cell(shape: tuple[int, int], count: int, most: int) -> int:
    """The side of a square with which so many grids fit above each other."""
    high = (_HIGH - count * TITLE - (count - 1) * _BETWEEN) // (count * shape[0])
    return max(2, min(most, high, _BROAD // shape[1]))


def _input_title(found: "SlidingWindow", channel: int) -> str:
    if len(found.picture) > 1:
        return f"channel {channel + 1}"
    given, padded = (" x ".join(map(str, values.shape[1:])) for values in (found.picture, found.padded))
    return f"input {given}" if given == padded else f"input {given}, padded to {padded}"


def _result_title(found: "SlidingWindow", output: int) -> str:
    rows, columns = found.values.shape[1:]
    return f"result {rows} x {columns}" if len(found.values) == 1 else f"map {output + 1}"


def _kernel_title(found: "SlidingWindow", output: int, channel: int, each: int) -> str:
    several = len(found.values) > 1
    if each == 1:
        return f"filter {output + 1}" if several else "kernel"
    kernel = f"kernel {found.reads(output).index(channel) + 1}"
    return f"filter {output + 1}, {kernel}" if several else kernel
