"""Grids of numbers, and films of pictures."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tapetum.pictures import GROUND, NEGATIVE, PANEL, POSITIVE, gif_bytes
from tapetum.pictures.number_grid import draw_numbers, fitting_font, number_text, outline


def drawn(values, cell, **options):
    image = Image.new("RGB", (values.shape[1] * cell + 20, values.shape[0] * cell + 20), GROUND)
    draw_numbers(ImageDraw.Draw(image), values, (10, 10), cell, scale=1.0, **options)
    return image


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([3.0, -2.0], ["3", "-2"]),
        ([0.125, 1.0], ["0.12", "1"]),
        ([-0.001, 12.34], ["0", "12.3"]),
        ([123.4, -0.2], ["123", "0"]),
        ([np.inf, 1.0], ["", "1"]),
    ],
)
def test_numbers_are_written_short(values, texts):
    assert number_text(np.array(values)) == texts


def test_every_number_has_its_square_in_its_colour():
    image = drawn(np.array([[1.0, -1.0], [0.0, 1.0]]), 20, missing=np.array([[False, False], [False, True]]))
    # A corner of each square: right of it is the gap.
    assert image.getpixel((10, 10)) == POSITIVE
    assert image.getpixel((30, 10)) == NEGATIVE
    assert image.getpixel((30, 30)) == PANEL
    assert image.getpixel((28, 10)) == GROUND


def test_faint_numbers_have_no_colour():
    image = drawn(np.array([[1.0, -np.inf]]), 20, faint=np.array([[True, True]]))
    assert POSITIVE not in {image.getpixel((x, 15)) for x in range(50)}


def test_digits_are_left_out_where_they_could_not_be_read():
    values = np.ones((2, 2))
    assert len(drawn(values, 8).getcolors()) == 2
    assert len(drawn(values, 30).getcolors()) > 3
    assert fitting_font(["1"], 10) is None
    assert fitting_font(["-123.45"], 24) is None


def test_an_outline_runs_around_its_squares_and_leaves_their_middle():
    image = drawn(np.ones((3, 3)), 20)
    before = np.asarray(image)
    outline(ImageDraw.Draw(image), (30, 30), (1, 1), 20)
    after = np.asarray(image)
    changed = np.argwhere((after != before).any(2))
    assert (changed.min(), changed.max()) == (29, 48)
    assert np.array_equal(after[32:46, 32:46], before[32:46, 32:46])


def test_a_film_keeps_its_pictures_times_and_colours():
    colours = [(214, 245, 94), (56, 214, 198), (11, 16, 23)]
    film = gif_bytes([Image.new("RGB", (6, 4), colour) for colour in colours], [100, 200, 300])
    with Image.open(io.BytesIO(film)) as read:
        assert read.n_frames == 3
        assert read.info["loop"] == 0
        for place, colour in enumerate(colours):
            read.seek(place)
            assert read.info["duration"] == 100 * (place + 1)
            assert read.convert("RGB").getpixel((3, 2)) == colour
