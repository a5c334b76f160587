"""Pillow's modes as RGB: palettes, grey of any depth, CMYK, transparency."""

import numpy as np
from PIL import Image

from tapetum.errors import PictureError
from tapetum.pictures.arrays import SIXTEEN_BITS, eight_bits, scaled
from tapetum.pictures.profiles import to_srgb
from tapetum.pictures.transparency import on_white

_BITS_PER_SAMPLE = 258
_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")
_TRANSPARENT = ("RGBA", "RGBa", "LA", "La", "PA")
_PLAIN = {
    "1": "L",
    "L": "L",
    "P": "RGB",
    "RGB": "RGB",
    "RGBX": "RGB",
    "CMYK": "CMYK",
    "YCbCr": "RGB",
    "HSV": "RGB",
}


def to_rgb(image: Image.Image, name: str) -> tuple[Image.Image, tuple[str, ...]]:
    """A new RGB image of a loaded one of any mode, and notes.

    Raises:
        PictureError: a mode without a meaning as RGB, or values outside what the mode can show.
        NonFiniteError: NaN or infinity in a picture of floats.
    """
    colours, opacity, notes = _separate(image, name)
    rgb, profile_notes = to_srgb(colours, image.info.get("icc_profile"))
    notes += profile_notes
    if opacity is not None:
        rgb, transparent = on_white(rgb, opacity)
        notes += transparent
    return rgb, notes


def _separate(image: Image.Image, name: str) -> tuple[Image.Image, Image.Image | None, tuple[str, ...]]:
    """The image as L, RGB or CMYK, its opacity if it has one, and notes."""
    if image.mode in _DEEP:
        return _deep_grey(image, name)
    if image.mode == "F":
        return Image.fromarray(eight_bits(np.asarray(image), name)), None, ("float values scaled to 8 bits",)
    if image.mode in _TRANSPARENT or ("transparency" in image.info and image.mode in ("1", "L", "P", "RGB")):
        # Pillow turns no premultiplied grey into RGBA in one step.
        rgba = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        # Red, green and blue of a grey picture are the same plane, which its grey profile can read.
        plane = rgba.getchannel("R") if image.mode in ("1", "L", "LA", "La") else rgba.convert("RGB")
        return plane, rgba.getchannel("A"), ()
    if image.mode in _PLAIN:
        return image.convert(_PLAIN[image.mode]), None, ()
    raise PictureError(
        f"{name} has the colour mode {image.mode}, which has no plain RGB. "
        "Save it as an RGB picture with a picture program."
    )


def _deep_grey(image: Image.Image, name: str) -> tuple[Image.Image, Image.Image | None, tuple[str, ...]]:
    values = np.asarray(image)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65_535:
        raise PictureError(
            f"{name} has whole numbers from {low} to {high}, which does not say where black and white are. "
            "Scale them to 0 to 65535, or to 8 bits, and save it again."
        )
    white, inverted = _tiff_grey(image)
    levels = scaled(values.astype(np.uint16), white)
    # Pillow inverts this kind of TIFF at 8 bits, and not at 16.
    grey = Image.fromarray(255 - levels if inverted else levels)
    clear = image.info.get("transparency")
    opacity = Image.fromarray(eight_bits(values != clear, name)) if isinstance(clear, int) else None
    return grey, opacity, (SIXTEEN_BITS,)


def _tiff_grey(image: Image.Image) -> tuple[int, bool]:
    """The value of white, and whether a TIFF counts from white down to black."""
    tags = getattr(image, "tag_v2", {})
    bits = 12 if tags.get(_BITS_PER_SAMPLE) == (12,) else 16
    return 2**bits - 1, image.mode != "I" and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
