"""Grids of numbers: every number in a square of its colour."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from jaxtyping import Bool, Float64
from PIL import ImageDraw, ImageFont

from tapetum.pictures.colour import DIM, GROUND, INK, LINE, PANEL, signed

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour = tuple[int, int, int]
_SMALLEST_TEXT = 8
_BRIGHT = 110.0


def number_text(values: Float64[np.ndarray, "*shape"]) -> list[str]:
    """The numbers in as few digits as tell them apart: whole ones without decimals, else three digits.

    Example:
        >>> number_text(np.array([1.0, -2.0, -0.0])), number_text(np.array([0.25, -1.0]))
        (['1', '-2', '0'], ['0.25', '-1'])
    """
    flat = values.ravel()
    finite = flat[np.isfinite(flat)]
    largest = float(np.abs(finite).max()) if len(finite) else 0.0
    whole = np.allclose(finite, finite.round(), atol=1e-9)
    decimals = 0 if whole or largest >= 100 else 1 if largest >= 10 else 2
    return [_written(float(value), decimals) for value in flat]


def draw_numbers(
    draw: ImageDraw.ImageDraw,
    values: Float64[np.ndarray, "rows columns"],
    at: tuple[int, int],
    cell: int,
    *,
    scale: float,
    faint: Bool[np.ndarray, "rows columns"] | None = None,
    missing: Bool[np.ndarray, "rows columns"] | None = None,
    texts: Sequence[str] | None = None,
) -> None:
    """Draw a grid of numbers in signed colours, with its left top corner at a place.

    Args:
        draw: the drawing.
        values: the numbers, infinite ones only where they are faint.
        at: (left, top).
        cell: side of a square.
        scale: the |number| that gets the full colour.
        faint: which ones are only added, as padding is: without colour, and dim.
        missing: which ones are not there yet: an empty square.
        texts: what stands in the squares in place of the numbers.
    """
    shown = number_text(values) if texts is None else texts
    font = fitting_font(shown, cell)
    colours = signed(np.where(np.isfinite(values), values, 0.0), scale)
    for place, (row, column) in enumerate(np.ndindex(values.shape)):
        corner = (at[0] + column * cell, at[1] + row * cell)
        if missing is not None and missing[row, column]:
            square(draw, corner, cell, PANEL)
            continue
        pale = faint is not None and bool(faint[row, column])
        red, green, blue = (int(part) for part in colours[row, column])
        square(draw, corner, cell, GROUND if pale else (red, green, blue), LINE if pale else None)
        if font is not None:
            bright = 0.299 * red + 0.587 * green + 0.114 * blue > _BRIGHT
            middle = (cell - _gap(cell)) / 2
            ink = DIM if pale else GROUND if bright else INK
            draw.text((corner[0] + middle, corner[1] + middle), shown[place], ink, font, anchor="mm")


def square(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], cell: int, colour: Colour, line: Colour | None = None
) -> None:
    """One square of a grid, less the gap to its neighbours; a line around it where there is room for one."""
    gap = _gap(cell)
    box = (at[0], at[1], at[0] + cell - gap - 1, at[1] + cell - gap - 1)
    draw.rectangle(box, colour, line if gap else None)


def outline(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], size: tuple[int, int], cell: int, width: int = 2
) -> None:
    """A frame around so many rows and columns of squares whose left top corner is at a place."""
    gap = _gap(cell)
    right, bottom = at[0] + size[1] * cell - gap - 1, at[1] + size[0] * cell - gap - 1
    # Light between two dark lines, so that it is seen on bright squares too.
    for reach, colour, thick in ((width, GROUND, width + 2), (width - 1, INK, width)):
        draw.rectangle((at[0] - reach, at[1] - reach, right + reach, bottom + reach), None, colour, thick)


@cache
def font_of(size: int) -> Font:
    """The font that travels with Pillow, read once for each size."""
    return ImageFont.load_default(size)


def fitting_font(texts: Sequence[str], cell: int) -> Font | None:
    """The largest font in which every text fits into a square; None where none can be read."""
    for size in range(round(cell * 0.5), _SMALLEST_TEXT - 1, -1):
        font = font_of(size)
        if max(map(font.getlength, texts), default=0.0) <= cell - 4:
            return font
    return None


def _written(value: float, decimals: int) -> str:
    if not np.isfinite(value):
        return ""
    text = f"{value:.{decimals}f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _gap(cell: int) -> int:
    return 2 if cell >= 16 else 1 if cell >= 6 else 0
