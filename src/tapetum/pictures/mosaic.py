"""Many small maps as one picture: as many rows and columns as suit them, and all in one piece."""

import math

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from tapetum.pictures.colour import GROUND, signed

_GAP_WEIGHT = 20.0
"""How much a share of empty places weighs against a shape that is not the wished one."""


def balanced_columns(count: int, ratio: float, gaps: float = _GAP_WEIGHT) -> int:
    """The number of columns with the best balance of a sheet's shape and its empty places.

    Args:
        count: how many tiles there are.
        ratio: columns divided by rows, as wished.
        gaps: how much empty places weigh against another shape.

    Example:
        >>> [balanced_columns(count, 2.0) for count in (512, 1000, 7)]
        [32, 40, 4]
    """

    def displeasure(across: int) -> float:
        down = math.ceil(count / across)
        return abs(math.log(across / down / ratio)) + gaps * (across * down - count) / count

    return min(range(1, count + 1), key=displeasure)


def whole_tile(side: int, room: int) -> int:
    """The largest side within so many pixels that shows every value of a map by as many pixels.

    Example:
        >>> whole_tile(7, 40), whole_tile(112, 40)
        (35, 40)
    """
    return side * (room // side) if room >= side else room


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
    height, width = (
        max(1, round(side * rows / max(rows, columns))),
        max(1, round(side * columns / max(rows, columns))),
    )
    down = math.ceil(count / across)
    sheet = np.empty((down * (height + gap) - gap, across * (width + gap) - gap, 3), np.uint8)
    sheet[:] = GROUND
    for place, values in enumerate(maps):
        row, column = divmod(place, across)
        top, left = row * (height + gap), column * (width + gap)
        fitted = resized(values, height, width)
        sheet[top : top + height, left : left + width] = signed(fitted, scale)
    return sheet


def resized(values: Float[np.ndarray, "rows columns"], rows: int, columns: int) -> np.ndarray:
    """A map at another size: values repeated where it grows, averaged where it shrinks."""
    if values.shape == (rows, columns):
        return values
    image = Image.fromarray(values.astype(np.float32))
    return np.asarray(image.resize((columns, rows), Image.Resampling.BOX))
