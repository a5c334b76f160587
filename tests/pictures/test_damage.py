"""Files that are broken, hostile, or no pictures at all."""

import struct
import time
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFile

from tapetum.errors import PictureError
from tapetum.pictures import open_picture


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(columns, rows):
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0))


def claims_size(kind, encode, columns, rows):
    """A small valid file whose header is overwritten with another size."""
    data = bytearray(encode(Image.new("RGB", (8, 8)), kind, **({"lossless": True} if kind == "WEBP" else {})))
    if kind == "PNG":
        return png_header(columns, rows) + bytes(data[33:])
    if kind == "BMP":
        data[18:26] = struct.pack("<II", columns, rows)
    if kind == "GIF":
        data[6:10] = struct.pack("<HH", columns, rows)
    if kind == "JPEG":
        place = data.index(b"\xff\xc0") + 5
        data[place : place + 4] = struct.pack(">HH", rows, columns)
    if kind == "TIFF":
        with Image.open(BytesIO(bytes(data))) as image:
            start = (
                image.tag_v2.offset if hasattr(image.tag_v2, "offset") else struct.unpack("<I", data[4:8])[0]
            )
        for entry in range(struct.unpack_from("<H", data, start)[0]):
            place = start + 2 + 12 * entry
            tag, kind_of_value = struct.unpack_from("<HH", data, place)
            if tag in (256, 257):
                form = {3: "<H", 4: "<I"}[kind_of_value]
                struct.pack_into(form, data, place + 8, columns if tag == 256 else rows)
    if kind == "WEBP":  # VP8L: 14 bits each
        packed = (columns - 1) | (rows - 1) << 14
        kept = struct.unpack_from("<I", data, 21)[0] & ~((1 << 28) - 1)
        data[21:25] = struct.pack("<I", kept | packed)
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "JPEG", "TIFF"])
def test_bomb_of_900_million_pixels(encode, kind):
    data = claims_size(kind, encode, 30_000, 30_000)
    begun = time.perf_counter()
    with pytest.raises(PictureError, match="Scale it down"):
        open_picture(data)
    assert time.perf_counter() - begun < 1


def test_bomb_in_webp(encode):
    with pytest.raises(PictureError, match="Scale it down"):
        open_picture(claims_size("WEBP", encode, 16_000, 16_000))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_a_line_of_65535(encode, kind):
    for columns, rows in [(1, 65_535), (65_535, 1)]:
        with pytest.raises(PictureError, match=r"65,535.*no side may be longer"):
            open_picture(claims_size(kind, encode, columns, rows))


def test_sizes_at_the_edge():
    with pytest.raises(PictureError, match="more than the 50 million"):
        open_picture(Image.new("1", (10_000, 5_001)))
    with pytest.raises(PictureError, match="more than 1,000 times"):
        open_picture(np.zeros((1, 1001), np.uint8))
    assert open_picture(np.zeros((1, 1000), np.uint8)).columns == 1000
    with pytest.raises(PictureError, match="no pixels"):
        open_picture(Image.new("RGB", (0, 3)))


def test_pillows_own_limit_becomes_our_error(encode, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(PictureError, match="too many pixels"):
        open_picture(encode(Image.new("RGB", (8, 8)), "PNG"))


def test_between_pillows_warning_and_its_error_nothing_is_warned(encode):
    data = claims_size("PNG", encode, 10_000, 10_000)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(PictureError, match="50 million"):
            open_picture(data)
    assert caught == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b"\xef\xbb\xbf\n <html>", "a web page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"<?xml version='1.0'?><note/>", "XML or HTML text"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "an EPS or PostScript drawing"),
        (b"\xc5\xd0\xd3\xc6" + bytes(40), "an EPS drawing"),
        (b"8BPS\0\1" + bytes(40), "a Photoshop document"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "a HEIC picture or a film"),
        (b"\0\0\0\x18ftypavif" + bytes(40), "an AVIF picture"),
        (b"PK\x03\x04" + bytes(40), "a ZIP archive"),
        (b"\x89PNG\r\n\x1a\nnothing", "a damaged PNG"),
        (b"RIFF\0\0\0\0WEBPjunk", "a damaged WebP"),
        (b"P6 1 1 255 abc", "something else"),
        (bytes(1000), "something else"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, data, words):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(data)
    with pytest.raises(
        PictureError, match=rf"holiday.jpg is not a picture .* looks like {words}\. Save it as JPEG"
    ):
        open_picture(path)


def test_formats_beyond_the_six_are_refused(encode):
    for kind in ("PPM", "TGA", "ICO", "PDF", "EPS", "JPEG2000", "AVIF"):
        with pytest.raises(PictureError, match="not a picture that can be opened"):
            open_picture(encode(Image.new("RGB", (32, 32)), kind))


def test_the_name_does_not_decide(tmp_path, colours, encode):
    path = tmp_path / "picture.pdf"
    path.write_bytes(encode(colours, "PNG"))
    assert (open_picture(path).pixels == colours).all()


def test_empty():
    with pytest.raises(PictureError, match="an empty file"):
        open_picture(b"")


@pytest.fixture(params=["as it comes", "set to accept truncated files"])
def pillow_setting(request, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", request.param != "as it comes")
    yield
    assert ImageFile.LOAD_TRUNCATED_IMAGES is (request.param != "as it comes")


@pytest.mark.usefixtures("pillow_setting")
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "jpeg"}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {}),
    ],
)
def test_truncated_anywhere_is_an_error_or_lost_nothing(encode, kind, options):
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    data = encode(noise, kind, **options)
    whole = open_picture(data).pixels
    errors = 0
    for end in {*range(0, len(data), max(1, len(data) // 97)), *range(len(data) - 20, len(data))}:
        try:
            assert (open_picture(data[:end]).pixels == whole).all(), f"half decoded at {end} of {len(data)}"
        except PictureError:
            errors += 1
    assert errors >= 90


def test_truncated_is_said_in_words(encode):
    data = encode(open_picture("sample:cat").image, "JPEG")
    with pytest.raises(
        PictureError, match=r"cat.jpg is damaged or cut short .*truncated.* Fetch the file again"
    ):
        open_picture(data[: len(data) // 2], name="cat.jpg")
    with pytest.raises(PictureError, match="damaged or cut short"):
        open_picture(Image.open(BytesIO(data[: len(data) // 2])))


def test_small_text_chunk_that_unpacks_to_100_megabytes(colours, encode):
    data = encode(colours, "PNG")
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000)))
    assert len(bomb) < 200_000
    for place in (33, len(data) - 12):  # before and behind the pixels
        with pytest.raises(PictureError, match="damaged"):
            open_picture(data[:place] + bomb + data[place:])


def test_text_chunk_of_100_megabytes(colours, encode):
    data = encode(colours, "PNG")
    with pytest.raises(PictureError, match="text chunks"):
        open_picture(data[:33] + png_chunk(b"tEXt", b"Comment\0" + bytes(100_000_000)) + data[33:])


def test_profile_that_unpacks_to_100_megabytes(colours, encode):
    bomb = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(100_000_000)))
    data = encode(colours, "PNG")
    with pytest.raises(PictureError, match="Decompressed data too large"):
        open_picture(data[:33] + bomb + data[33:])


def test_jpeg_with_endless_scans(encode):
    data = encode(Image.new("L", (64, 64)), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(PictureError, match=r"100,00\d scans"):
        open_picture(data[:-2] + scan * 100_000 + b"\xff\xd9")


def test_gif_with_a_million_frames_answers(encode):
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\x00\x02\x02\x4c\x01\x00"
    head = b"GIF89a" + struct.pack("<HH", 1, 1) + b"\x80\0\0" + bytes(3) + b"\xff" * 3
    assert open_picture(head + frame * 1_000_000 + b";").notes == ("first of 1000000 frames",)


def test_no_more_bytes_than_a_file_may_have():
    with pytest.raises(PictureError, match="more than 256 MiB"):
        open_picture(b"\xff\xd8\xff" + bytes(256 * 1024 * 1024))


def test_messages_have_two_sentences_and_no_escape(tmp_path):
    path = tmp_path / "evil\x1b[2J\n.png"
    path.write_bytes(b"<html>")
    with pytest.raises(PictureError) as caught:
        open_picture(path)
    assert str(caught.value).isprintable()
    assert str(caught.value).count(". ") == 1


def test_many_threads_leave_the_warning_filters_alone(colours, encode):
    data = [encode(colours, kind) for kind in ("PNG", "JPEG", "TIFF", "GIF")] + [b"<html>", b"\xff\xd8\xff"]
    before = list(warnings.filters)

    def decode(i):
        try:
            return open_picture(data[i % len(data)]).rows
        except PictureError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(decode, range(300)))
    assert rows == [5, 5, 5, 5, 0, 0] * 50
    assert list(warnings.filters) == before
