"""Arrays as pictures: which shapes, kinds of number and ranges are taken, and how they become RGB."""

import numpy as np
from jaxtyping import Float, Shaped, UInt8, UInt16
from PIL import Image

from tapetum.errors import NonFiniteError, PictureError
from tapetum.pictures.limits import check_size
from tapetum.pictures.transparency import on_white

SIXTEEN_BITS = "16-bit values scaled to 8"
_SHAPES = "(rows, columns), or (rows, columns, channels) with 1, 3 or 4 channels"


def from_array(
    array: Shaped[np.ndarray, "..."], name: str
) -> tuple[UInt8[np.ndarray, "rows columns 3"], tuple[str, ...]]:
    """RGB pixels of an array, and notes; the array itself is copied.

    Bool is black and white, uint8 is taken as it is, uint16 is scaled, float runs from 0 to 1.
    A fourth channel is opacity, shown on white.

    Raises:
        PictureError: another shape or kind of number, no pixels, too many, or a float outside 0 to 1.
        NonFiniteError: NaN or infinity.
    """
    _check_shape(array, name)
    check_size(name, *array.shape[:2])
    levels = eight_bits(array, name)
    notes = (SIXTEEN_BITS,) if np.issubdtype(array.dtype, np.uint16) else ()
    if array.ndim == 2 or array.shape[2] == 1:
        return np.repeat(levels.reshape(*array.shape[:2], 1), 3, axis=2), notes
    if array.shape[2] == 3:
        return levels, notes
    image, transparent = on_white(Image.fromarray(levels[:, :, :3]), Image.fromarray(levels[:, :, 3]))
    return np.array(image), notes + transparent


def eight_bits(array: Shaped[np.ndarray, "..."], name: str) -> UInt8[np.ndarray, "..."]:
    """The same values as 0 to 255, as a new array.

    Raises:
        PictureError: a kind of number that does not say where white is, or a float outside 0 to 1.
        NonFiniteError: NaN or infinity.
    """
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint8:
        return array.copy()
    if np.issubdtype(array.dtype, np.uint16):  # of either byte order
        return scaled(array.astype(np.uint16), 65_535)
    if np.issubdtype(array.dtype, np.floating):
        _check_unit_range(array, name)
        return np.rint(array.astype(np.float64) * 255).astype(np.uint8)
    raise PictureError(
        f"{name} has values of the kind {array.dtype}, which does not say where white is. "
        "Use uint8 from 0 to 255 (array.astype(np.uint8)) or float from 0 to 1."
    )


def scaled(values: UInt16[np.ndarray, "..."], white: int) -> UInt8[np.ndarray, "..."]:
    """Whole numbers from 0 to white as 0 to 255, rounded to the nearest."""
    levels = (np.arange(white + 1) * 255 + white // 2) // white
    eight: np.ndarray = levels.astype(np.uint8)[np.minimum(values, white)]
    return eight


def _check_shape(array: Shaped[np.ndarray, "..."], name: str) -> None:
    shape = array.shape
    if array.ndim == 2 or (array.ndim == 3 and shape[2] in (1, 3, 4)):
        return
    if array.ndim == 3 and shape[0] in (1, 3, 4):
        raise PictureError(
            f"{name} has the shape {shape}, with the channels first. "
            "Put them last: np.moveaxis(array, 0, -1)."
        )
    if array.ndim == 4:
        raise PictureError(
            f"{name} has the shape {shape}, which is a batch of {shape[0]}. "
            "Give its pictures one by one, as a list."
        )
    raise PictureError(f"{name} has the shape {shape}. A picture has the shape {_SHAPES}.")


def _check_unit_range(array: Float[np.ndarray, "..."], name: str) -> None:
    broken = np.count_nonzero(~np.isfinite(array))
    if broken:
        raise NonFiniteError(
            f"{name} holds {broken:,} values that are NaN or infinite. "
            "Find where they come from, or replace them with np.nan_to_num."
        )
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > 1:
        raise PictureError(
            f"{name} has float values from {low:g} to {high:g}, and a picture has them from 0 to 1. "
            "Divide values up to 255 by 255, or scale them: (array - array.min()) / np.ptp(array)."
        )
