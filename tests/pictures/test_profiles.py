"""Embedded colour profiles: applied, recognised as sRGB, or ignored aloud."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from tapetum.pictures import open_picture

BROKEN = "colour profile could not be read and was ignored"


def profile(name):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def wide_gamut():
    """A profile with red and green exchanged: sRGB's own, its two columns swapped by name."""
    data = bytearray(profile("sRGB"))
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_a_valid_profile_is_applied(encode, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    red = np.full((4, 4, 3), (200, 10, 10), np.uint8)
    picture = open_picture(encode(red, kind, icc_profile=wide_gamut(), **options))
    assert np.abs(picture.pixels.astype(int) - (10, 200, 10)).max() <= 2
    assert len(picture.notes) == 1
    assert picture.notes[0].startswith("colour profile “")
    assert picture.notes[0].endswith("” converted to sRGB")


def test_srgb_changes_no_pixel_and_needs_no_note(colours, encode):
    picture = open_picture(encode(colours, "PNG", icc_profile=profile("sRGB")))
    assert (picture.pixels == colours).all()
    assert picture.notes == ()


def test_profile_of_a_transparent_picture(encode):
    rgba = np.full((1, 2, 4), (200, 10, 10, 255), np.uint8)
    rgba[0, 1, 3] = 0
    picture = open_picture(encode(rgba, "PNG", icc_profile=wide_gamut()))
    assert np.abs(picture.pixels.astype(int) - [[[10, 200, 10], [255] * 3]]).max() <= 2


def test_srgb_profile_on_a_grey_picture(encode):
    grey = np.arange(0, 250, 10, dtype=np.uint8).reshape(5, 5)
    picture = open_picture(encode(grey, "PNG", icc_profile=profile("sRGB")))
    assert (picture.pixels == grey[:, :, None]).all()


@pytest.mark.parametrize("junk", [b"not a profile", bytes(200), profile("sRGB")[:150]])
def test_a_broken_profile_is_ignored_with_a_note(colours, encode, junk):
    for kind in ("PNG", "JPEG", "TIFF"):
        plain = open_picture(encode(colours, kind)).pixels
        picture = open_picture(encode(colours, kind, icc_profile=junk))
        assert (picture.pixels == plain).all()
        assert picture.notes == (BROKEN,)


def test_a_profile_for_other_inks_is_ignored_with_a_note(colours, encode):
    lab = profile("LAB")
    picture = open_picture(encode(colours, "PNG", icc_profile=lab))
    assert (picture.pixels == colours).all()
    assert picture.notes == ("colour profile for Lab does not fit the picture and was ignored",)
    cmyk = Image.new("CMYK", (2, 2), (0, 0, 0, 255))
    picture = open_picture(encode(cmyk, "TIFF", icc_profile=profile("sRGB")))
    assert (picture.pixels == 0).all()
    assert picture.notes == ("colour profile for RGB does not fit the picture and was ignored",)
