"""Pictures and films as the figures of a lesson, and shares in words."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from tapetum.pictures import png_bytes
from tapetum.results import PageFigure

Drawn = Image.Image | UInt8[np.ndarray, "rows columns *channels"]


def figure(drawn: Drawn, alt: str, caption: str = "") -> PageFigure:
    """A drawn picture as a figure: `alt` is read to those who cannot see it, `caption` stands under it."""
    return PageFigure(png_bytes(np.asarray(drawn)), alt, caption)


def film(gif: bytes, alt: str, caption: str = "") -> PageFigure:
    """A film, as the bytes of a GIF."""
    return PageFigure(gif, alt, caption, kind="gif")


def percent(share: float) -> str:
    """A share from 0 to 1 in words."""
    return f"{100 * share:.1f} %" if share < 0.995 else f"{100 * share:.2f} %"
