"""Every colour mode that the six formats can hold becomes the right RGB, or a clear error."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tapetum.errors import NonFiniteError, PictureError
from tapetum.pictures import open_picture

WHITE_NOTE = "transparent areas shown on white"
DEEP_NOTE = "16-bit values scaled to 8"


def on_white(values, opacity):
    """Written from the formula, in exact fractions of 255."""
    return np.floor((values.astype(int) * opacity + 255 * (255 - opacity.astype(int))) / 255 + 0.5).astype(
        np.uint8
    )


def png(columns, rows, depth, colour, scanlines, *chunks):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *(chunk(*each) for each in chunks)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [*parts, chunk(b"IDAT", zlib.compress(scanlines)), chunk(b"IEND", b"")]
    )


def tiff(columns, rows, data, entries, order="<"):
    """An uncompressed TIFF of one strip, from tag → (type, value or values)."""
    sizes = {3: "H", 4: "I"}
    tags = {
        256: (4, columns),
        257: (4, rows),
        259: (3, 1),
        277: (3, 1),
        278: (4, rows),
        279: (4, len(data)),
        **entries,
    }
    start = 8 + 2 + 12 * (len(tags) + 1) + 4
    tags[273] = (4, start)
    body = b""
    for tag, (kind, value) in sorted(tags.items()):
        body += struct.pack(order + "HHI", tag, kind, 1) + struct.pack(order + sizes[kind], value).ljust(
            4, b"\0"
        )
    return (
        (b"II*\0" if order == "<" else b"MM\0*")
        + struct.pack(order + "IH", 8, len(tags))
        + body
        + bytes(4)
        + data
    )


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_rgb_is_exact(colours, encode, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = open_picture(encode(colours, kind, **options))
    assert (picture.pixels == colours).all()
    assert picture.notes == ()


def test_jpeg_is_what_pillow_decodes(encode):
    data = encode(open_picture("sample:cat").image, "JPEG", quality=90)
    assert (open_picture(data).pixels == np.asarray(Image.open(BytesIO(data)))).all()


def test_grey_and_black_and_white(encode):
    grey = np.arange(20, dtype=np.uint8).reshape(4, 5) * 12
    assert (open_picture(encode(grey, "PNG")).pixels == grey[:, :, None]).all()
    stripes = grey > 100
    for kind in ("PNG", "TIFF", "BMP"):
        pixels = open_picture(encode(Image.fromarray(stripes), kind)).pixels
        assert (pixels == np.where(stripes, 255, 0)[:, :, None]).all()


def test_rgba_on_white_for_every_value_and_opacity(encode):
    value, opacity = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    rgba = np.stack([value, value[:, ::-1], value.T, opacity], axis=-1)
    picture = open_picture(encode(rgba, "PNG"))
    assert (picture.pixels == on_white(rgba[:, :, :3], opacity[:, :, None])).all()
    assert picture.notes == (WHITE_NOTE,)


def test_full_opacity_is_not_worth_a_note(colours, encode):
    rgba = np.dstack([colours, np.full((5, 7), 255, np.uint8)])
    picture = open_picture(encode(rgba, "PNG"))
    assert (picture.pixels == colours).all()
    assert picture.notes == ()


@pytest.mark.parametrize("mode", ["LA", "La", "RGBa"])
def test_other_modes_with_opacity(mode):
    opacity = np.array([[0, 255, 255]], np.uint8)
    rgba = np.dstack([np.full((1, 3, 3), 60, np.uint8), opacity])
    image = Image.fromarray(rgba)
    picture = open_picture(image.convert("LA").convert("La") if mode == "La" else image.convert(mode))
    assert picture.pixels.tolist() == [[[255] * 3, [60] * 3, [60] * 3]]
    assert picture.notes == (WHITE_NOTE,)


def test_palette_with_a_plane_of_opacity():
    image = Image.new("P", (2, 1), 0)
    image.putpalette([60, 70, 80])
    image.putalpha(Image.fromarray(np.array([[0, 255]], np.uint8)))
    assert image.mode == "PA"
    assert open_picture(image).pixels.tolist() == [[[255] * 3, [60, 70, 80]]]


def test_grey_with_opacity_in_a_file(encode):
    la = Image.merge("LA", [Image.new("L", (2, 2), 100), Image.new("L", (2, 2), 51)])
    assert (open_picture(encode(la, "PNG")).pixels == 224).all()  # (51 · 100 + 204 · 255) / 255


def test_palette_with_and_without_transparency(encode):
    image = Image.new("P", (3, 1))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.putdata([0, 1, 2])
    colours = [[[10, 20, 30], [40, 50, 60], [70, 80, 90]]]
    for kind in ("PNG", "GIF", "BMP", "TIFF"):
        assert open_picture(encode(image, kind)).pixels.tolist() == colours
    for kind in ("PNG", "GIF"):
        picture = open_picture(encode(image, kind, transparency=1))
        assert picture.pixels.tolist() == [[[10, 20, 30], [255] * 3, [70, 80, 90]]]
        assert picture.notes == (WHITE_NOTE,)
    half = open_picture(encode(image, "PNG", transparency=bytes([255, 0, 51])))
    assert half.pixels.tolist() == [[[10, 20, 30], [255] * 3, [218, 220, 222]]]


def test_one_transparent_colour(colours, encode):
    see_through = open_picture(encode(colours, "PNG", transparency=tuple(int(v) for v in colours[2, 3])))
    expected = colours.copy()
    expected[2, 3] = 255
    assert (see_through.pixels == expected).all()
    grey = png(2, 1, 8, 0, b"\0\x20\x40", (b"tRNS", b"\0\x20"))
    assert open_picture(grey).pixels[0, :, 0].tolist() == [255, 64]


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
def test_png_with_16_bits(colour):
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    values = np.random.default_rng(colour).integers(0, 65536, (4, 6, channels))
    if channels in (2, 4):
        values[:, :, -1] = 65535
    scanlines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    picture = open_picture(png(6, 4, 16, colour, scanlines))
    expected = np.rint(values[:, :, : 3 if channels > 2 else 1] / 257)
    # Grey is rounded; of colours Pillow keeps the upper byte, which is at most one level away.
    assert np.abs(picture.pixels - expected).max() <= (0 if colour == 0 else 1)
    assert picture.notes == (DEEP_NOTE,)


def test_png_with_16_bits_and_one_transparent_value():
    scanlines = b"\0" + np.array([0, 1000, 65535], ">u2").tobytes()
    picture = open_picture(png(3, 1, 16, 0, scanlines, (b"tRNS", struct.pack(">H", 1000))))
    assert picture.pixels[0, :, 0].tolist() == [0, 255, 255]
    assert picture.notes == (DEEP_NOTE, WHITE_NOTE)
    rgb = b"\0" + np.array([[1, 2, 3], [60000, 50000, 40000]], ">u2").tobytes()
    picture = open_picture(png(2, 1, 16, 2, rgb, (b"tRNS", struct.pack(">HHH", 1, 2, 3))))
    assert np.abs(picture.pixels[0, 1] - np.array([233, 195, 156])).max() <= 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("photometric", [0, 1])
def test_tiff_with_16_bits(order, photometric):
    values = np.array([[0, 257, 65535], [1000, 32768, 514]])
    data = values.astype(order + "u2").tobytes()
    if photometric == 0 and order == ">":
        with pytest.raises(PictureError, match="a damaged TIFF"):  # a kind that Pillow does not know
            open_picture(tiff(3, 2, data, {258: (3, 16), 262: (3, 0)}, order))
        return
    picture = open_picture(tiff(3, 2, data, {258: (3, 16), 262: (3, photometric)}, order))
    expected = np.rint(values / 257).astype(np.uint8)
    assert (picture.pixels[:, :, 0] == (expected if photometric else 255 - expected)).all()
    assert picture.notes == (DEEP_NOTE,)


def test_tiff_with_16_bits_as_pillow_and_compressed(encode):
    values = np.arange(0, 65536, 13, dtype=np.uint16)[:5040].reshape(60, 84)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate"):
        picture = open_picture(encode(values, "TIFF", compression=compression))
        assert (picture.pixels[:, :, 2] == np.rint(values / 257)).all()


def test_tiff_with_12_bits():
    packed = bytes([0x00, 0x0F, 0xFF, 0x80, 0x00, 0x00])  # 0x000, 0xFFF; 0x800, 0
    picture = open_picture(tiff(2, 2, packed, {258: (3, 12), 262: (3, 1)}))
    assert picture.pixels[:, :, 0].tolist() == [[0, 255], [128, 0]]


def test_tiff_with_rgb_16_bits_says_so(encode):
    data = np.array([[[0, 32896, 65535]]], "<u2").tobytes()
    entries = {258: (3, 16), 262: (3, 2), 277: (3, 3)}
    picture = open_picture(tiff(1, 1, data, entries))
    assert picture.pixels.tolist() == [[[0, 128, 255]]]
    assert picture.notes == (DEEP_NOTE,)


def test_whole_numbers_of_32_bits(encode):
    fits = np.array([[0, 65535], [257, 514]], np.int32)
    assert open_picture(encode(fits, "TIFF")).pixels[:, :, 0].tolist() == [[0, 255], [1, 2]]
    with pytest.raises(PictureError, match=r"whole numbers from -5 to 70000.*Scale them"):
        open_picture(encode(np.array([[-5, 70000]], np.int32), "TIFF"))


def test_float_tiff(encode):
    values = np.array([[0, 0.5, 1]], np.float32)
    picture = open_picture(encode(values, "TIFF"))
    assert picture.pixels[0, :, 0].tolist() == [0, 128, 255]
    assert picture.notes == ("float values scaled to 8 bits",)
    with pytest.raises(PictureError, match="float values from -1 to 7"):
        open_picture(encode(np.array([[-1, 7]], np.float32), "TIFF"))
    with pytest.raises(NonFiniteError, match="2 values that are NaN or infinite"):
        open_picture(encode(np.array([[np.nan, np.inf, 0]], np.float32), "TIFF"))


def test_cmyk_jpeg_and_tiff(encode):
    inks = {(0, 0, 0, 0): (255, 255, 255), (0, 0, 0, 255): (0, 0, 0), (255, 0, 0, 0): (0, 255, 255)}
    for ink, rgb in inks.items():
        image = Image.new("CMYK", (16, 16), ink)
        # Pillow writes JPEG inks inverted with the Adobe marker, as Photoshop does.
        jpeg = encode(image, "JPEG", quality=100)
        assert b"Adobe" in jpeg
        assert np.abs(open_picture(jpeg).pixels.astype(int) - rgb).max() <= 2
        assert (open_picture(encode(image, "TIFF")).pixels == rgb).all()


def test_modes_without_plain_rgb(encode):
    lab = Image.new("LAB", (2, 2))
    with pytest.raises(PictureError, match="colour mode LAB"):
        open_picture(encode(lab, "TIFF"))


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "RGBX", "I;16B", "I;16L"])
def test_pil_modes_that_no_file_holds(mode):
    image = Image.new("RGB", (3, 2), (255, 255, 255))
    image = Image.new(mode, (3, 2), 65535) if mode.startswith("I;") else image.convert(mode)
    assert (open_picture(image).pixels == 255).all()
