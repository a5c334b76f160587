"""The picture itself: frozen, and able to show and save itself."""

import dataclasses
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tapetum.errors import OutputError
from tapetum.pictures import Picture, open_picture


def test_nobody_can_change_it(colours):
    for picture in (Picture(colours), open_picture(colours), open_picture(Image.fromarray(colours))):
        with pytest.raises(ValueError, match="read-only"):
            picture.pixels[0, 0, 0] = 1
        with pytest.raises(dataclasses.FrozenInstanceError):
            picture.name = "other"
        image = picture.image
        image.paste((1, 2, 3), (0, 0, 7, 5))
        assert (picture.pixels == colours).all()
    colours[:] = 0
    assert picture.pixels.any()


def test_size_and_words(colours):
    picture = Picture(colours, "cat.png", ("first of 5 frames",))
    assert (picture.rows, picture.columns) == (5, 7)
    assert picture.image.size == (7, 5)
    assert repr(picture) == "Picture('cat.png', 5 rows × 7 columns, notes=('first of 5 frames',))"
    assert picture != Picture(colours, "cat.png", ("first of 5 frames",))
    assert len({picture, picture}) == 1


def test_notebook_shows_it_at_a_bearable_size(colours):
    shown = Image.open(BytesIO(Picture(colours)._repr_png_()))
    assert (np.asarray(shown) == colours).all()
    big = Image.open(BytesIO(Picture(np.zeros((3000, 2000, 3), np.uint8))._repr_png_()))
    assert big.size == (683, 1024)


def test_save_by_suffix(tmp_path, colours):
    picture = Picture(np.kron(colours, np.ones((8, 8, 1), np.uint8)))
    for suffix, tolerance in ((".png", 0), (".PNG", 0), (".jpg", 12), (".jpeg", 12), (".webp", 0)):
        path = tmp_path / f"cat{suffix}"
        picture.save(path)
        assert np.abs(open_picture(path).pixels.astype(int) - picture.pixels).max() <= tolerance
    for wrong in ("cat.gif", "cat", "cat.svg"):
        with pytest.raises(OutputError, match=r"Use one of \.png, \.jpg"):
            picture.save(str(tmp_path / wrong))


def test_too_wide_for_webp(tmp_path):
    with pytest.raises(OutputError, match=r"20000 × 20 pixels does not fit into \.webp .*Use \.png"):
        Picture(np.zeros((20, 20_000, 3), np.uint8)).save(tmp_path / "wide.webp")
    assert list(tmp_path.iterdir()) == []
