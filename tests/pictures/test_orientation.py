"""EXIF orientation: all eight, in every format that carries it, and nonsense."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tapetum.pictures import open_picture

# What a viewer does to the stored pixels, from the EXIF standard's words on where row 0 and column 0 lie.
UPRIGHT = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: stored.transpose(1, 0, 2)[:, ::-1],
    7: lambda stored: stored[::-1, ::-1].transpose(1, 0, 2),
    8: lambda stored: stored.transpose(1, 0, 2)[::-1],
}


def exif(value):
    claim = Image.Exif()
    claim[0x0112] = value
    return claim


def exif_text(text):
    """An orientation claimed as ASCII text, which the standard does not allow."""
    entry = struct.pack("<HHII", 0x0112, 2, len(text), 26)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4) + text


@pytest.mark.parametrize("value", UPRIGHT)
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
        ("JPEG", {"quality": 100, "subsampling": 0}),
    ],
)
def test_all_eight(colours, encode, value, kind, options):
    big = np.kron(colours, np.ones((8, 8, 1), np.uint8))
    picture = open_picture(encode(big, kind, exif=exif(value), **options))
    expected = UPRIGHT[value](big)
    assert picture.pixels.shape == expected.shape
    assert np.abs(picture.pixels.astype(int) - expected).max() <= (8 if kind == "JPEG" else 0)
    assert picture.notes == (() if value == 1 else (f"EXIF orientation {value} applied",))


def test_pil_image_that_is_not_loaded_yet_or_is(colours, encode):
    for kind in ("PNG", "TIFF"):
        data = encode(colours, kind, exif=exif(6))
        fresh, loaded = Image.open(BytesIO(data)), Image.open(BytesIO(data))
        loaded.load()
        for image in (fresh, loaded):
            assert (open_picture(image).pixels == UPRIGHT[6](colours)).all()


def test_png_with_exif_behind_its_pixels(colours, encode):
    plain, body = encode(colours, "PNG"), exif(8).tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(body)) + b"eXIf" + body + struct.pack(">I", zlib.crc32(b"eXIf" + body))
    assert (open_picture(plain[:-12] + chunk + plain[-12:]).pixels == UPRIGHT[8](colours)).all()


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_invalid_is_ignored_with_a_note(colours, encode, value):
    picture = open_picture(encode(colours, "PNG", exif=exif(value)))
    assert (picture.pixels == colours).all()
    assert picture.notes == (f"EXIF orientation {value} is none of the eight and was ignored",)


def test_of_another_type_is_ignored_with_a_safe_note(colours, encode):
    picture = open_picture(encode(colours, "PNG", exif=exif_text(b"6\x1b[31m\n" + b"x" * 500)))
    assert (picture.pixels == colours).all()
    assert "was ignored" in picture.notes[0]
    assert len(picture.notes[0]) < 100
    assert picture.notes[0].isprintable()


def test_damaged_exif_is_ignored_with_a_note(colours, encode):
    picture = open_picture(encode(colours, "PNG", exif=b"Exif\0\0not TIFF at all"))
    assert (picture.pixels == colours).all()
    assert picture.notes == ("EXIF data could not be read and was ignored",)
