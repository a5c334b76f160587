"""A sliding window shows itself: drawings, films and plain data."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from tapetum.errors import OutputError, WindowError
from tapetum.mechanics import convolution, pooling
from tapetum.pictures import GROUND, POSITIVE

CROSS = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]


def frames(gif):
    with Image.open(io.BytesIO(gif)) as film:
        for place in range(film.n_frames):
            film.seek(place)
            yield film.convert("RGB"), film.info["duration"]


def test_the_film_has_a_frame_for_every_place_and_rests_on_the_result():
    found = convolution(np.ones((4, 5)), CROSS)
    shown = list(frames(found.animation(300)))
    assert [time for _, time in shown] == [300] * 6 + [2000]
    assert len({image.size for image, _ in shown}) == 1
    assert len({image.tobytes() for image, _ in shown}) == 7


def test_a_long_film_is_spread_evenly_and_ends_at_the_end():
    pictures = convolution(np.ones((13, 13)), [[1.0]]).frames()
    assert len(pictures) == 151


@pytest.mark.parametrize(
    "found",
    [
        convolution(np.ones((3, 5, 5)), np.ones((2, 3, 3, 3)), [1, 2], padding=1),
        convolution(np.ones((6, 7, 7)), np.ones((6, 1, 3, 3)), groups=6, dilation=2),
        convolution(np.ones((70, 4, 4)), np.ones((3, 70, 2, 2))),
        convolution(np.ones((60, 90)), "gabor-vertical", stride=(20, 40)),
        convolution([[1.0]], [[1.0]]),
        pooling(np.ones((2, 6, 6)), 3, by="average"),
        pooling(-np.ones((1, 6, 6)), 3, padding=1, stride=2),
        convolution(np.zeros((5, 5)), np.zeros((3, 3))),
    ],
    ids=repr,
)
def test_whatever_slid_can_be_drawn(found):
    for image in (found.drawing(), found.drawing(0, 0), *(image for image, _ in found.frames())):
        assert max(image.size) < 1500
        assert image.getpixel((0, 0)) == GROUND


def test_the_squares_have_the_colours_of_their_numbers():
    image = convolution([[2.0, 0.0], [0.0, 0.0]], [[1.0]]).drawing()
    counts = {colour: count for count, colour in image.getcolors(1 << 20)}
    # Input, kernel and result have one full square each, of 38, 32 and 38 pixels, less their digit.
    assert 3000 < counts[POSITIVE] < 38**2 + 32**2 + 38**2


def test_it_is_written_by_its_suffix(tmp_path):
    found = convolution(np.eye(4), CROSS, [0.5], stride=(1, 2), padding="same")
    found.save(tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes()[:6] == b"GIF89a"
    found.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == found.drawing().size
    held = json.loads(found.save(tmp_path / "a.json").read_text())
    assert held["schema"] == "tapetum-sliding-window/1"
    assert held["stride"] == [1, 2]
    assert held["padding"] == [[1, 1], [0, 1]]
    assert np.array_equal(held["values"], found.values)
    assert len(held["steps"]) == found.values.size
    assert held["steps"][0]["rows"] == [-1, 0, 1]
    assert sum(map(sum, held["steps"][0]["products"][0])) + 0.5 == held["steps"][0]["total"]
    with pytest.raises(OutputError, match=r"A sliding window is not written as '\.jpg'"):
        found.save(tmp_path / "a.jpg")


def test_numbers_of_the_caller_can_change_afterwards():
    picture, kernel = np.ones((3, 3)), np.ones((2, 2))
    found = convolution(picture, kernel)
    picture[:], kernel[:] = 7, 7
    assert found.step(0, 0).total == 4
    assert found.step(0, 0).products.sum() == 4


def test_a_place_that_is_not_there_is_not_drawn():
    with pytest.raises(WindowError, match=r"The result has no column 9\. Give one from 0 to 2\."):
        convolution(np.ones((5, 5)), CROSS).drawing(0, 9)


def test_what_no_screen_shows_is_not_drawn():
    found = convolution(np.ones((3, 600)), CROSS)
    with pytest.raises(
        WindowError, match=r"A side of 600 numbers is too long to be drawn\. Give at most 512"
    ):
        found.drawing()
    with pytest.raises(WindowError, match="too long to be drawn"):
        found.animation()


def test_it_says_what_it_is():
    found = convolution(np.ones((3, 5, 5)), np.ones((2, 3, 3, 3)))
    assert repr(found) == "SlidingWindow(convolution: 3×5×5 → 2×3×3)"
    console = Console(width=60, file=io.StringIO(), record=True)
    console.print(found)
    assert console.export_text().split() == [*repr(found).split(), *["27"] * 18]
