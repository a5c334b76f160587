"""A window that slid over numbers: the result, every step on the way, and the film of it."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float64, Int

from tapetum.errors import WindowError
from tapetum.pictures import check_place, gif_bytes, png_bytes, write_atomically
from tapetum.pictures.number_grid import number_text
from tapetum.progress import stage
from tapetum.results.window_step import WindowStep

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import RenderableType

_SUFFIXES = (".gif", ".png", ".json")
_MOST_FRAMES = 150
_HOLD_MS = 2000
_MOST_TOLD, _MAPS_TOLD = 150, 4
"""Numbers of a map, and maps, that a terminal shows."""


@dataclass(frozen=True, eq=False, repr=False)
class SlidingWindow:
    """A convolution or a pooling, and how it was done.

    Attributes:
        operation: "convolution", "max pooling" or "average pooling".
        picture: what the window slid over.
        padded: the same with its padding: 0, or −∞ for a maximum.
        margins: what was added: (above, below), (left, right).
        rows, columns: for every place of the window, the rows (columns) of the input that it reads, from 0;
            those outside are padding.
        stride, dilation: for rows and columns.
        groups: so many parts of the channels have filters of their own.
        filters: weights of a convolution, one block of kernels for each map of the result; None for pooling.
        bias: what is added to each map.
        has_bias: whether a bias was given.
        values: the result.
    """

    operation: Literal["convolution", "max pooling", "average pooling"]
    picture: Float64[np.ndarray, "channel rows columns"]
    padded: Float64[np.ndarray, "channel high broad"]
    margins: tuple[tuple[int, int], tuple[int, int]]
    rows: Int[np.ndarray, "down tall"]
    columns: Int[np.ndarray, "across wide"]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    groups: int
    filters: Float64[np.ndarray, "output each tall wide"] | None
    bias: Float64[np.ndarray, " output"]
    has_bias: bool
    values: Float64[np.ndarray, "output down across"]

    def __repr__(self) -> str:
        sizes = ["×".join(map(str, shape)) for shape in (self.picture.shape, self.values.shape)]
        return f"SlidingWindow({self.operation}: {sizes[0]} → {sizes[1]})"

    @property
    def kernel(self) -> tuple[int, int]:
        """Rows and columns of the window."""
        return self.rows.shape[1], self.columns.shape[1]

    def reads(self, output: int) -> tuple[int, ...]:
        """The channels of the input that one map of the result is made from."""
        if self.filters is None:
            return (output,)
        each, share = self.filters.shape[1], len(self.filters) // self.groups
        first = output // share * each
        return tuple(range(first, first + each))

    def step(self, row: int, column: int, output: int = 0) -> WindowStep:
        """One number of the result, written out.

        Raises:
            WindowError: a place that the result does not have.
        """
        for name, place, count in zip(
            ("output", "row", "column"), (output, row, column), self.values.shape, strict=True
        ):
            if not 0 <= place < count:
                raise WindowError(f"The result has no {name} {place}. Give one from 0 to {count - 1}.")
        channels = self.reads(output)
        rows, columns = self.rows[row], self.columns[column]
        under = np.ix_(channels, rows + self.margins[0][0], columns + self.margins[1][0])
        window = self.padded[under]
        weights = self._weights(output, window)
        # Padding of a maximum is −∞ and never chosen: 0 times it is nothing.
        products = np.where(weights == 0, 0.0, window) * weights
        bias = float(self.bias[output])
        total = float(products.sum()) + bias
        return WindowStep(
            output, row, column, channels, rows, columns, window, weights, products, bias, total
        )

    @property
    def steps(self) -> Iterator[WindowStep]:
        """Every number of the result in reading order, map after map."""
        return (self.step(row, column, output) for output, row, column in np.ndindex(self.values.shape))

    def frames(self, milliseconds: int = 500) -> "list[tuple[Image, int]]":
        """The film as pictures, each with how long it is shown; the last one is the finished result.

        There is one for every place of the window; of more than 150 places, as many spread evenly.
        """
        from tapetum.results.sliding_drawing import drawn

        places = list(np.ndindex(self.values.shape[1:]))
        kept = np.unique(np.linspace(0, len(places) - 1, min(len(places), _MOST_FRAMES)).round().astype(int))
        shown: list[tuple[Image, int]] = []
        with stage("Drawing the film", len(kept) + 1) as advance:
            for picture in drawn(self, [*(places[place] for place in kept), None]):
                shown.append((picture, milliseconds if len(shown) < len(kept) else _HOLD_MS))
                advance(1)
        return shown

    def animation(self, milliseconds: int = 500) -> bytes:
        """The film of the window with the numbers under it, as an endless GIF."""
        pictures, times = zip(*self.frames(milliseconds), strict=True)
        return gif_bytes(pictures, times)

    def drawing(self, row: int | None = None, column: int | None = None) -> "Image":
        """The finished result, or the window at one place of it."""
        from tapetum.results.sliding_drawing import drawn

        at = None if row is None or column is None else (row, column)
        (image,) = drawn(self, [at], still=at is None)
        return image

    def save(self, path: str | Path) -> Path:
        """Write the film (.gif), the finished drawing (.png), or all numbers and steps (.json).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        place = Path(path)
        check_place(place, "A sliding window is", _SUFFIXES)
        if place.suffix.lower() == ".gif":
            data = self.animation()
        elif place.suffix.lower() == ".png":
            data = self._repr_png_()
        else:
            data = (json.dumps(self.to_dict(), ensure_ascii=False) + "\n").encode()
        write_atomically(place, data)
        return place

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data, with the steps that drawing code walks through."""
        return {
            "schema": "tapetum-sliding-window/1",
            "operation": self.operation,
            "picture": self.picture.tolist(),
            "filters": None if self.filters is None else self.filters.tolist(),
            "bias": self.bias.tolist() if self.has_bias else None,
            "kernel": list(self.kernel),
            "stride": list(self.stride),
            "dilation": list(self.dilation),
            "padding": [list(margin) for margin in self.margins],
            "groups": self.groups,
            "values": self.values.tolist(),
            "steps": [step.to_dict() for step in self.steps],
        }

    def _weights(self, output: int, window: Float64[np.ndarray, "channel tall wide"]) -> Any:
        if self.filters is not None:
            return self.filters[output]
        if self.operation == "average pooling":
            return np.full(window.shape, 1 / window.size)
        chosen = np.zeros(window.shape)
        chosen.flat[window.argmax()] = 1.0
        return chosen

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.drawing()))

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        shown: list[Any] = [Text(repr(self), "bold")]
        if self.values[0].size <= _MOST_TOLD:
            for values in self.values[:_MAPS_TOLD]:
                table = Table(box=None, show_header=False, padding=(0, 1))
                texts = iter(number_text(values))
                for _ in values:
                    table.add_row(*itertools.islice(texts, values.shape[1]))
                shown.append(table)
        return Group(*shown)
