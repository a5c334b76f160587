"""Many small maps as one picture: as many rows and columns as suit them, and all in one piece."""

import math

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from tapetum.pictures.colour import GROUND, signed

_PIXELATED = 3
"""Enlarged at least so many times, a map shows its values as squares."""
_HOLE = 0.7
"""How much an empty place weighs against a shape that is not the wished one, in its logarithm."""


def balanced_columns(count: int, ratio: float, hole: float = _HOLE) -> int:
    """The number of columns with the best balance of a sheet's shape and its empty places.

    Args:
        count: how many tiles there are.
        ratio: columns divided by rows, as wished.
        hole: how much an empty place weighs against another shape.

    Example:
        >>> [balanced_columns(count, 2.0) for count in (512, 1000, 7)]
        [32, 40, 4]
    """

    def displeasure(across: int) -> float:
        down = math.ceil(count / across)
        return abs(math.log(across / down / ratio)) + hole * (across * down - count)

    return min(range(1, count + 1), key=displeasure)


def whole_tile(side: int, room: int) -> int:
    """The side of a tile within so many pixels: a multiple of the map's, where it is shown with its pixels.

    Example:
        >>> whole_tile(7, 40), whole_tile(28, 40), whole_tile(112, 40)
        (35, 40, 40)
    """
    return side * (room // side) if room >= _PIXELATED * side else room


def mosaic(
    maps: Float[np.ndarray, "count rows columns"], scale: float, *, across: int, room: int, gap: int
) -> UInt8[np.ndarray, "height width 3"]:
    """Maps side by side in signed colours, in reading order; larger ones are averaged to fit.

    Args:
        maps: values, finite.
        scale: the |value| that gets the full colour, of all maps alike.
        across: maps in a row.
        room: the longer side of a tile in pixels, at most.
        gap: pixels between two tiles.

    Example:
        >>> mosaic(np.ones((3, 2, 2)), 1.0, across=2, room=4, gap=1).shape
        (9, 9, 3)
    """
    count, rows, columns = maps.shape
    side = whole_tile(max(rows, columns), room)
    height, width = (max(1, round(side * n / max(rows, columns))) for n in (rows, columns))
    down = math.ceil(count / across)
    sheet = np.empty((down * (height + gap) - gap, across * (width + gap) - gap, 3), np.uint8)
    sheet[:] = GROUND
    for place, values in enumerate(maps):
        row, column = divmod(place, across)
        top, left = row * (height + gap), column * (width + gap)
        fitted = resized(values, height, width)
        sheet[top : top + height, left : left + width] = signed(fitted, scale)
    return sheet


def resized(
    values: Float[np.ndarray, "rows columns"], height: int, width: int
) -> Float[np.ndarray, "height width"]:
    """A map at another size: averaged where it shrinks, smooth where it grows a little, else in squares."""
    if values.shape == (height, width):
        return values
    grows = max(height, width) / max(values.shape)
    how = Image.Resampling.BICUBIC if 1 < grows < _PIXELATED else Image.Resampling.BOX
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize((width, height), how))
