"""Embedded colour profiles (ICC): the numbers of a file become sRGB."""

from io import BytesIO

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageCms

from tapetum.pictures.damage import DAMAGE
from tapetum.pictures.names import printable

BROKEN = "colour profile could not be read and was ignored"
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    """An L, RGB or CMYK image as sRGB, by its profile where that can be used.

    A profile for other inks than the image has is ignored, except that grey counts as RGB. One that
    changes no value by more than a rounding step is sRGB under some name: the pixels stay as they are.
    """
    if not profile:
        return image.convert("RGB"), ()
    try:
        return _converted(image, profile)
    except (ImageCms.PyCMSError, ImportError, *DAMAGE):
        return image.convert("RGB"), (BROKEN,)


def _converted(image: Image.Image, profile: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    inks = source.profile.xcolor_space
    mode = _MODES.get(inks)
    if mode is None or (mode != image.mode and (mode, image.mode) != ("RGB", "L")):
        note = f"colour profile for {printable(inks, 8).strip()} does not fit the picture and was ignored"
        return image.convert("RGB"), (note,)
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    if mode == "RGB" and _is_srgb(transform):
        return image.convert("RGB"), ()
    converted = transform.apply(image.convert(mode))
    description = printable(source.profile.profile_description or "without a name", 40).strip()
    return converted, (f"colour profile “{description}” converted to sRGB",)


def _is_srgb(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.arange(0, 256, 17, dtype=np.uint8)
    cube: UInt8[np.ndarray, "rows columns 3"] = np.stack(
        np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1
    ).reshape(16, 256, 3)
    seen = np.asarray(transform.apply(Image.fromarray(cube)))
    return int(np.abs(seen.astype(int) - cube).max()) <= 2
