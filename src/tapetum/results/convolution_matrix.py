"""A convolution as one matrix, and the picture of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float64

from tapetum.errors import WindowError
from tapetum.pictures import DIM, GROUND, INK, png_bytes
from tapetum.pictures.number_grid import draw_numbers, font_of
from tapetum.results.sheet_files import save_sheet

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_DRAWN = 200_000
_BROAD, _CELL, _MARGIN, _TITLE = 1100, 40, 28, 26


@dataclass(frozen=True, eq=False, repr=False)
class ConvolutionMatrix:
    """The matrix M of a convolution: y = M · x, with input and output in reading order.

    Attributes:
        kernel: its weights.
        input_shape, output_shape: rows and columns.
        matrix: scipy's sparse matrix, outputs × inputs; weights that are 0 are entries all the same.
        which: the same entries, each with the place of its weight in the kernel, counted from 1.
        difference: the largest difference to the convolution itself, on random numbers.
    """

    kernel: Float64[np.ndarray, "rows columns"]
    input_shape: tuple[int, int]
    output_shape: tuple[int, int]
    matrix: Any
    which: Any
    difference: float

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs."""
        rows, columns = self.matrix.shape
        return int(rows), int(columns)

    @property
    def entries(self) -> int:
        """How many places of the matrix are not empty."""
        return int(self.matrix.nnz)

    @property
    def distinct(self) -> int:
        """How many weights of the kernel they share."""
        return len(np.unique(self.which.data))

    @property
    def dense(self) -> int:
        """How many weights a dense layer between the same numbers has."""
        return self.shape[0] * self.shape[1]

    def apply(self, picture: Any) -> Float64[np.ndarray, "rows columns"]:
        """M · x, brought back into rows and columns.

        Raises:
            WindowError: a picture of another size.
        """
        given = np.asarray(picture, np.float64)
        if given.shape != self.input_shape:
            raise WindowError(f"The picture has shape {given.shape}. This matrix is for {self.input_shape}.")
        found: Float64[np.ndarray, "rows columns"] = (self.matrix @ given.ravel()).reshape(self.output_shape)
        return found

    def __repr__(self) -> str:
        outputs, inputs = self.shape
        return (
            f"ConvolutionMatrix({outputs} × {inputs}: {self.entries} of {self.dense} places, "
            f"{self.distinct} weights)"
        )

    def drawing(self) -> "Image":
        """The matrix in signed colours, empty places dim.

        Raises:
            WindowError: too large to be seen.
        """
        from PIL import Image, ImageDraw

        if self.dense > _MOST_DRAWN:
            raise WindowError(
                f"A matrix of {self.shape[0]:,} × {self.shape[1]:,} is too large to be drawn. "
                "Give a smaller input."
            )
        outputs, inputs = self.shape
        cell = max(2, min(_CELL, _BROAD // inputs))
        size = (inputs * cell + 2 * _MARGIN, outputs * cell + 2 * _MARGIN + 2 * _TITLE)
        image = Image.new("RGB", (max(size[0], 420), size[1]), GROUND)
        draw = ImageDraw.Draw(image)
        title = f"{outputs} outputs x {inputs} inputs"
        draw.text((_MARGIN, _MARGIN), title, DIM, font_of(14))
        draw_numbers(
            draw,
            self.matrix.toarray(),
            (_MARGIN, _MARGIN + _TITLE),
            cell,
            scale=float(np.abs(self.kernel).max()) or 1.0,
            faint=self.which.toarray() == 0,
        )
        words = f"{self.distinct} weights at {self.entries} places; a dense layer has {self.dense}"
        draw.text((_MARGIN, size[1] - _MARGIN - 14), words, INK, font_of(16))
        return image

    def save(self, path: str | Path) -> Path:
        """Write the drawing (.png), or matrix, kernel and shapes as arrays (.npz).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        place = Path(path)
        arrays = {"matrix": self.matrix.toarray(), "kernel": self.kernel}
        facts = {"input_shape": self.input_shape, "output_shape": self.output_shape}
        save_sheet(place, "The matrix of a convolution is", lambda: np.asarray(self.drawing()), arrays, facts)
        return place

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.drawing()))
