"""Random damage: a picture or a `PictureError`, and never anything else."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tapetum.errors import NonFiniteError, PictureError
from tapetum.pictures import Picture, open_picture


def file(image, kind, **options):
    encoded = BytesIO()
    image.save(encoded, kind, **options)
    return encoded.getvalue()


def seeds():
    rgb = Image.fromarray(np.random.default_rng(1).integers(0, 256, (6, 9, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = b"\0\0\0\x80lcms" + bytes(120)
    clear = rgb.convert("RGBA")
    clear.putalpha(90)
    return {
        "png": file(rgb, "PNG", exif=exif, icc_profile=profile),
        "png-palette": file(rgb.quantize(8), "PNG", transparency=3),
        "png-16": file(rgb.convert("L").convert("I;16"), "PNG"),
        "apng": file(rgb, "PNG", save_all=True, append_images=[rgb.rotate(180)]),
        "jpeg": file(rgb, "JPEG", exif=exif, icc_profile=profile),
        "jpeg-cmyk": file(rgb.convert("CMYK"), "JPEG", progressive=True),
        "gif": file(rgb, "GIF", save_all=True, append_images=[rgb.rotate(180)]),
        "bmp": file(rgb, "BMP"),
        "bmp-palette": file(rgb.quantize(8), "BMP"),
        "tiff": file(rgb, "TIFF", exif=exif, save_all=True, append_images=[rgb]),
        "tiff-lzw": file(clear, "TIFF", compression="tiff_lzw"),
        "tiff-float": file(rgb.convert("L").convert("F").point(lambda v: v / 255), "TIFF"),
        "webp": file(clear, "WEBP", exif=exif, icc_profile=profile),
        "webp-animated": file(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)]),
    }


SEEDS = seeds()


def check(data):
    message, picture = "", None
    try:
        picture = open_picture(data)
    except (PictureError, NonFiniteError) as error:
        message = str(error)
    assert message.isprintable()
    if picture is not None:
        assert isinstance(picture, Picture)
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.ndim == 3
        assert all(note.isprintable() for note in picture.notes)


@pytest.mark.parametrize("seed", SEEDS)
def test_seeds_are_valid(seed):
    assert open_picture(SEEDS[seed]).pixels.size == 6 * 9 * 3


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_flipped_bytes(seed, data):
    damaged = bytearray(SEEDS[seed])
    # Headers come first: half of the flips go there.
    place = st.one_of(st.integers(0, min(80, len(damaged) - 1)), st.integers(0, len(damaged) - 1))
    for at, value in data.draw(st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=8)):
        damaged[at] = value
    check(bytes(damaged))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_pieces_cut_out_and_doubled(seed, data):
    whole = SEEDS[seed]
    cuts = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    check(whole[: cuts[0]] + whole[cuts[1] :])
    check(whole[: cuts[1]] + whole[cuts[0] :])


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"BM"]),
)
def test_nonsense_behind_a_true_beginning(tail, beginning):
    check(beginning + tail)
