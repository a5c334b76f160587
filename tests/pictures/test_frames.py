"""Animations and files with pages: the first picture, and a word about the others."""

import numpy as np
import pytest
from PIL import Image

from tapetum.pictures import open_picture


@pytest.fixture
def frames():
    return [Image.new("RGB", (12, 9), (50 * i, 255 - 50 * i, 10)) for i in range(5)]


@pytest.mark.parametrize(
    ("kind", "options", "word"),
    [
        ("GIF", {}, "frames"),
        ("WEBP", {"lossless": True}, "frames"),
        ("PNG", {}, "frames"),
        ("TIFF", {}, "pages"),
    ],
)
def test_first_of_five(frames, encode, kind, options, word):
    picture = open_picture(encode(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert (picture.pixels == np.array([0, 255, 10])).all()
    assert picture.notes == (f"first of 5 {word}",)


def test_many_pages_are_not_counted_to_the_end(frames, encode):
    data = encode(frames[0], "TIFF", save_all=True, append_images=frames * 6)
    assert open_picture(data).notes == ("first of more than 20 pages",)


def test_apng_whose_default_picture_is_not_a_frame(frames, encode):
    data = encode(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True)
    picture = open_picture(data)
    assert (picture.pixels == np.array([0, 255, 10])).all()
    assert picture.notes == ("first of 5 frames",)


def test_several_pictures_in_one_jpeg(frames, encode):
    data = encode(frames[0], "MPO", save_all=True, append_images=frames[1:])
    picture = open_picture(data)
    assert np.abs(picture.pixels - np.array([0.0, 255, 10])).max() <= 4
    assert picture.notes == ("first of 5 frames",)


def test_damage_in_a_later_frame_does_not_cost_the_first(frames, encode):
    gif = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    picture = open_picture(gif[: len(gif) * 3 // 4])
    assert (picture.pixels == np.array([0, 255, 10])).all()
    assert picture.notes[0].startswith("first of ")


def test_a_pil_image_is_taken_at_its_current_frame(frames, encode, tmp_path):
    path = tmp_path / "five.gif"
    path.write_bytes(encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    with Image.open(path) as image:
        image.seek(3)
        picture = open_picture(image)
        assert image.tell() == 3
    assert (picture.pixels == np.array([150, 105, 10])).all()
    assert picture.name == "five.gif"
