"""Pictures and films as the figures of a lesson."""

import numpy as np
from PIL import Image

from tapetum.pictures import png_bytes
from tapetum.results import PageFigure


def still(image: Image.Image, alt: str, caption: str = "") -> PageFigure:
    """A picture, with what it shows for those who cannot see it."""
    return PageFigure(png_bytes(np.asarray(image.convert("RGB"))), alt, caption)


def film(gif: bytes, alt: str, caption: str = "") -> PageFigure:
    """A film, as the bytes of a GIF."""
    return PageFigure(gif, alt, caption, kind="gif")
