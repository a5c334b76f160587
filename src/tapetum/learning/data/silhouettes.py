"""Small things to recognise, drawn as dark shapes: what shortcuts distract from."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32
from PIL import Image, ImageDraw

_FINE = 8
"""Drawn so many times larger, and made small: smooth edges."""

Shape = tuple[str, Sequence[tuple[float, float]]]

# Corners in a square from 0 to 1, across and down.
_SHAPES: dict[str, tuple[Shape, ...]] = {
    "tank": (
        ("polygon", [(0.02, 0.6), (0.12, 0.5), (0.9, 0.5), (1.0, 0.6), (0.9, 0.85), (0.1, 0.85)]),
        ("rectangle", [(0.3, 0.28), (0.66, 0.52)]),
        ("rectangle", [(0.6, 0.34), (1.0, 0.42)]),
    ),
    "truck": (
        ("rectangle", [(0.0, 0.1), (0.64, 0.72)]),
        ("polygon", [(0.68, 0.32), (0.86, 0.32), (1.0, 0.52), (1.0, 0.72), (0.68, 0.72)]),
        ("ellipse", [(0.1, 0.66), (0.34, 0.9)]),
        ("ellipse", [(0.7, 0.66), (0.94, 0.9)]),
    ),
    "whale": (
        ("ellipse", [(0.0, 0.32), (0.74, 0.82)]),
        ("polygon", [(0.6, 0.6), (0.88, 0.42), (0.84, 0.2), (1.0, 0.4), (0.96, 0.6), (0.66, 0.74)]),
        ("rectangle", [(0.2, 0.14), (0.25, 0.34)]),
    ),
    "elephant": (
        ("ellipse", [(0.22, 0.18), (0.98, 0.7)]),
        ("ellipse", [(0.02, 0.16), (0.4, 0.56)]),
        ("polygon", [(0.03, 0.38), (0.16, 0.46), (0.12, 0.92), (0.02, 0.92)]),
        ("rectangle", [(0.34, 0.55), (0.5, 0.94)]),
        ("rectangle", [(0.74, 0.55), (0.9, 0.94)]),
    ),
    "arrow": (
        ("polygon", [(0.5, 0.02), (0.95, 0.46), (0.05, 0.46)]),
        ("rectangle", [(0.36, 0.44), (0.64, 0.98)]),
    ),
    "barrier": (
        ("rectangle", [(0.0, 0.18), (1.0, 0.46)]),
        ("rectangle", [(0.1, 0.44), (0.24, 0.96)]),
        ("rectangle", [(0.76, 0.44), (0.9, 0.96)]),
    ),
}
SILHOUETTES = tuple(_SHAPES)


def silhouette(name: str, side: int, *, mirrored: bool = False) -> Float32[np.ndarray, "side side"]:
    """How much of each pixel of a square the thing covers, 0 to 1.

    Example:
        >>> silhouette("arrow", 16).shape
        (16, 16)
    """
    large = Image.new("L", (side * _FINE, side * _FINE))
    draw = ImageDraw.Draw(large)
    for kind, corners in _SHAPES[name]:
        scaled = [((1 - x if mirrored else x) * large.width, y * large.height) for x, y in corners]
        if kind == "polygon":
            draw.polygon(scaled, 255)
        else:
            (left, top), (right, bottom) = scaled
            box = (min(left, right), top, max(left, right), bottom)
            (draw.ellipse if kind == "ellipse" else draw.rectangle)(box, 255)
    small = large.resize((side, side), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255)
