"""Open a picture from anywhere: file, bytes, PIL image, array or sample."""

import os
from pathlib import Path
from typing import IO, cast

import numpy as np
from jaxtyping import Shaped, UInt8
from PIL import Image, UnidentifiedImageError

from tapetum.errors import PictureError
from tapetum.pictures.arrays import SIXTEEN_BITS, from_array
from tapetum.pictures.damage import reading
from tapetum.pictures.frames import frame_notes
from tapetum.pictures.kinds import FORMAT_WORDS, FORMATS, looks_like
from tapetum.pictures.limits import MAX_FILE_BYTES, check_scans, check_size
from tapetum.pictures.modes import to_rgb
from tapetum.pictures.names import display_name
from tapetum.pictures.orientation import turn, turned_while_loading
from tapetum.pictures.picture import Picture, PictureSource
from tapetum.pictures.read import read_file
from tapetum.pictures.samples import SAMPLE_PREFIX, sample
from tapetum.pictures.stream import Stream


def open_picture(source: PictureSource, *, name: str | None = None) -> Picture:
    """Any picture as sRGB pixels, with notes on what was done to get them.

    Taken are: a path, or "sample:cat" (see `SAMPLES`; a file of that name is `Path("sample:cat")`);
    the bytes of a file; a PIL image of any mode (its current frame, not modified); an array (rows, columns)
    or (rows, columns, 1, 3 or 4) of uint8, bool, uint16, or float from 0 to 1; a `Picture`, which comes
    back as it is. Files are JPEG, PNG, WebP, BMP, GIF or TIFF, told by content and never by name. EXIF
    orientation and colour profile are applied, transparency is shown on white, and of an animation or
    a file with pages the first picture is taken.

    Args:
        source: the picture.
        name: what to call it, for bytes, images and arrays, which have no name of their own.

    Raises:
        PictureError: no such file or sample, not a picture, damaged, cut short, too large, or an
            array with a wrong shape, kind of number or range.
        NonFiniteError: NaN or infinity.

    Example:
        >>> open_picture(np.zeros((2, 3)), name="night")
        Picture('night', 2 rows × 3 columns)
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, str) and source.startswith(SAMPLE_PREFIX):
        return sample(source.removeprefix(SAMPLE_PREFIX))
    if isinstance(source, str | Path):
        return _from_bytes(read_file(source), display_name(name or source))
    if isinstance(source, bytes):
        return _from_bytes(source, display_name(name or "picture"))
    if isinstance(source, Image.Image):
        return _from_image(source, display_name(name or _file_name(source)))
    if isinstance(source, np.ndarray):
        return _from_array(source, display_name(name or "array"))
    raise PictureError(_refusal(source))


def _from_bytes(data: bytes, name: str) -> Picture:
    if not data:
        raise PictureError(f"{name} is an empty file. Fetch it again.")
    if len(data) > MAX_FILE_BYTES:
        raise PictureError(
            f"{name} has more than {MAX_FILE_BYTES // 1024**2} MiB. "
            "Save the picture smaller, or cut out a part."
        )
    check_scans(name, data)
    stream = Stream(data)
    with reading(name):
        try:
            image = Image.open(cast(IO[bytes], stream), formats=FORMATS)
        except UnidentifiedImageError as error:
            raise PictureError(
                f"{name} is not a picture that can be opened: it looks like {looks_like(data)}. "
                f"Save it as {FORMAT_WORDS} with a picture program."
            ) from error
        check_size(name, image.height, image.width)
        frames = frame_notes(image, data)
        # Finding out what kind of file it is reads past short headers, which is no damage.
        stream.ran_dry = False
        rgb, notes = _decoded(image, name)
        if stream.ran_dry:
            raise EOFError("the file ends before its pixels do")
    return Picture(_frozen(rgb), name, frames + notes)


def _from_image(image: Image.Image, name: str) -> Picture:
    check_size(name, image.height, image.width)
    with reading(name):
        rgb, notes = _decoded(image, name)
    return Picture(_frozen(rgb), name, notes)


def _from_array(array: Shaped[np.ndarray, "..."], name: str) -> Picture:
    pixels, notes = from_array(array, name)
    pixels.flags.writeable = False
    return Picture(pixels, name, notes)


def _decoded(image: Image.Image, name: str) -> tuple[Image.Image, tuple[str, ...]]:
    """Upright RGB of an image that need not be loaded yet, and notes."""
    # Pillow itself keeps the upper half of 16-bit colours; once loaded, nothing tells of it.
    deep = image.mode.startswith("RGB") and any(";16" in str(tile) for tile in getattr(image, "tile", ()))
    by_pillow = turned_while_loading(image)
    image.load()
    rgb, notes = to_rgb(image, name)
    upright, turned = turn(image, rgb, by_pillow)
    return upright, turned + ((SIXTEEN_BITS,) if deep else ()) + notes


def _frozen(rgb: Image.Image) -> UInt8[np.ndarray, "rows columns 3"]:
    pixels = np.asarray(rgb)
    pixels.flags.writeable = False
    return pixels


def _file_name(image: Image.Image) -> str:
    name = getattr(image, "filename", "")
    return os.fsdecode(name) if isinstance(name, str | bytes | Path) and name else "picture"


def _refusal(source: object) -> str:
    kind = type(source).__name__
    if hasattr(source, "detach") and hasattr(source, "numpy"):
        return (
            f"A {kind} of shape {tuple(getattr(source, 'shape', ()))} does not say whether its values are "
            "pixels or already prepared. Give an array with rows, columns, channels, "
            "or pass the prepared batch to the method itself."
        )
    if isinstance(source, list | tuple):
        return f"One picture was expected, and this is a {kind} of {len(source)}. Open them one by one."
    return (
        f"A picture cannot be opened from a {kind}. "
        "Give a path, the bytes of a file, a PIL image, a numpy array, or a sample such as 'sample:cat'."
    )
