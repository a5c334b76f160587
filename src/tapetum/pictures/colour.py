"""How numbers become colours: signed maps, and evidence that lights up a picture.

The colours are those of the dark page, so that a saved picture and the screen look the same.
"""

import math

import numpy as np
from jaxtyping import Float, Float64, UInt8
from PIL import Image

from tapetum.errors import NonFiniteError, PictureError
from tapetum.pictures.limits import check_size

GROUND = (0x0B, 0x10, 0x17)
PANEL = (0x10, 0x17, 0x22)
LINE = (0x1D, 0x27, 0x34)
INK = (0xE8, 0xEE, 0xF4)
DIM = (0x84, 0x95, 0xA6)
POSITIVE = (0xD6, 0xF5, 0x5E)
NEGATIVE = (0x38, 0xD6, 0xC6)
ZERO = (0x0D, 0x12, 0x1A)
_FULL = 0.98


def signed(values: Float[np.ndarray, "rows columns"], scale: float) -> UInt8[np.ndarray, "rows columns 3"]:
    """A signed map in colour: teal below zero, gold-green above, and zero disappears into the page.

    colour = zero + (sign's colour − zero) · min(|v| / scale, 1)^0.8, in sRGB, rounded to the nearest.

    Args:
        values: any float map.
        scale: the |v| that gets the full colour; the same scale makes maps comparable. It may be 0
            only where all values are.

    Raises:
        NonFiniteError: NaN or infinity in values or scale.
        PictureError: a scale that is not positive.

    Example:
        >>> signed(np.array([[-2.0, 0.0, 1.0]]), scale=1.0).tolist()
        [[[56, 214, 198], [13, 18, 26], [214, 245, 94]]]
    """
    strength = _share(np.abs(values), values, scale) ** 0.8
    above = values >= 0
    planes = [
        zero + (np.where(above, positive, negative) - zero) * strength
        for zero, positive, negative in zip(ZERO, POSITIVE, NEGATIVE, strict=True)
    ]
    return _levels(planes)


def overlay(
    pixels: UInt8[np.ndarray, "rows columns 3"], values: Float[np.ndarray, "height width"], scale: float
) -> UInt8[np.ndarray, "rows columns 3"]:
    """A picture that lights up where the positive evidence lies, and stays readable elsewhere.

    colour = picture · (0.28 + 0.62 k) + positive · 0.30 k^1.5, with k = clip(v / scale, 0, 1).

    Args:
        pixels: the picture.
        values: the evidence, as many rows and columns as the picture (see `resize_map`); negative
            values count as none.
        scale: the v that lights up fully; it may be 0 only where all values are.

    Raises:
        NonFiniteError: NaN or infinity in values or scale.
        PictureError: another size than the picture's, or a scale that is not positive.

    Example:
        >>> overlay(np.full((1, 2, 3), 100, np.uint8), np.array([[0.0, 1.0]]), scale=1.0).tolist()
        [[[28, 28, 28], [154, 164, 118]]]
    """
    if values.shape != pixels.shape[:2]:
        raise PictureError(
            f"The map has {values.shape[0]} × {values.shape[1]} rows and columns, and the picture has "
            f"{pixels.shape[0]} × {pixels.shape[1]}. "
            "Enlarge the map first: resize_map(values, rows, columns)."
        )
    evidence = _share(np.maximum(values, 0), values, scale)
    shown, glow = 0.28 + 0.62 * evidence, 0.30 * evidence**1.5
    return _levels([pixels[:, :, i] * shown + POSITIVE[i] * glow for i in range(3)])


def resize_map(
    values: Float[np.ndarray, "height width"], rows: int, columns: int
) -> Float[np.ndarray, "rows columns"]:
    """The map at another size, smooth (bicubic), inside its original range: no new extremes appear.

    Raises:
        NonFiniteError: NaN or infinity.
        PictureError: a map without values, or a size that no picture has.

    Example:
        >>> resize_map(np.array([[0.0, 1.0]]), 2, 4).shape
        (2, 4)
    """
    check_size("The map", *values.shape)
    check_size("The enlarged map", rows, columns)
    _check_finite(values)
    low, high = values.min(), values.max()
    # Pillow computes in 32 bits: brought to 1 first, neither 1e-60 nor 1e60 is lost on the way.
    largest = max(abs(float(low)), abs(float(high))) or 1.0
    image = Image.fromarray((values / largest).astype(np.float32))
    smooth = np.asarray(image.resize((columns, rows), Image.Resampling.BICUBIC), dtype=np.float64)
    return np.clip(smooth * largest, low, high).astype(values.dtype)


def full_strength(values: Float[np.ndarray, "*shape"]) -> float:
    """The |value| to draw at full strength: the largest of those that are not zero, but for 2 % of them.

    Of few values it is the largest; of many, a few that lie far above the rest do not darken them.

    Example:
        >>> full_strength(np.array([0.0, -2.0, 1.0]))
        2.0
    """
    sizes = np.sort(np.abs(values[values != 0]))
    return float(sizes[math.ceil(_FULL * len(sizes)) - 1]) if len(sizes) else 0.0


def _share(
    strengths: Float[np.ndarray, "height width"], values: Float[np.ndarray, "height width"], scale: float
) -> Float64[np.ndarray, "height width"]:
    """Strengths as a share of the scale, 0 to 1."""
    _check_finite(values)
    if not math.isfinite(scale):
        raise NonFiniteError(
            f"The scale of the colours is {scale}. Use the largest |value| of the maps to compare."
        )
    if scale <= 0:
        if scale == 0 and not values.any():
            return np.zeros(values.shape)
        raise PictureError(
            f"The scale of the colours is {scale:g}, and it must be positive. "
            "Use the largest |value| of the maps to compare."
        )
    # The smaller of both before the division: a tiny scale cannot overflow.
    return np.minimum(strengths.astype(np.float64), scale) / scale


def _check_finite(values: Float[np.ndarray, "height width"]) -> None:
    broken = np.count_nonzero(~np.isfinite(values))
    if broken:
        raise NonFiniteError(
            f"The map holds {broken:,} values that are NaN or infinite. "
            "Look at the network's weights and at its preparation of the picture."
        )


def _levels(planes: list[Float64[np.ndarray, "height width"]]) -> UInt8[np.ndarray, "height width 3"]:
    return np.stack([np.rint(plane).clip(0, 255).astype(np.uint8) for plane in planes], axis=-1)
