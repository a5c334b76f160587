"""The contact sheet: places, captions, requests that make no sense."""

import numpy as np
import pytest
from PIL import Image

from tapetum.errors import PictureError
from tapetum.pictures import GROUND, contact_sheet, sample


def plain(*colours, size=(100, 100)):
    return [Image.new("RGB", size, colour) for colour in colours]


def test_places_in_reading_order():
    sheet = np.asarray(contact_sheet(plain("red", "lime", "blue"), columns=2, tile=100))
    gap = 8
    assert sheet.shape == (2 * 100 + 3 * gap, 2 * 100 + 3 * gap, 3)
    assert sheet[gap, gap].tolist() == [255, 0, 0]
    assert sheet[gap, 2 * gap + 100].tolist() == [0, 255, 0]
    assert sheet[2 * gap + 100, gap].tolist() == [0, 0, 255]
    assert sheet[-1, -1].tolist() == sheet[0, 0].tolist() == list(GROUND)
    assert (sheet[2 * gap + 100 :, 2 * gap + 100 :] == GROUND).all()


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 2), (3, 3), (6, 3), (8, 4), (12, 4), (24, 6), (40, 8)]
)
def test_columns_are_chosen(count, columns):
    assert contact_sheet(plain(*["red"] * count), tile=32).width == columns * 40 + 8


def test_rows_are_as_high_as_their_pictures():
    wide = plain("red", "lime", size=(100, 40))
    assert contact_sheet(wide, columns=1, tile=100).height == 2 * 40 + 3 * 8


def test_small_maps_keep_their_pixels():
    board = np.indices((7, 7)).sum(0) % 2 == 0
    sheet = np.asarray(contact_sheet([board], tile=200))[14:-14, 14:-14, 0]
    assert sheet.shape == (200, 200)
    assert np.isin(sheet, [0, 255]).mean() > 0.93  # all but the seams


def test_captions_are_drawn_and_make_room():
    bare = contact_sheet(plain("red", "blue"), columns=2, tile=160)
    one = contact_sheet(plain("red", "blue"), ["cat", "dog"], columns=2, tile=160)
    two = contact_sheet(plain("red", "blue"), ["cat\n0.4", "dog"], columns=2, tile=160)
    assert bare.height < one.height < two.height
    below = np.asarray(one)[11 + 160 :]
    assert (below != GROUND).any(axis=(0, 2)).sum() > 20


def test_captions_stay_under_their_picture():
    for text in ("long " * 50, "<b>\x1b[31m\u202e猫 Mähne 7 × 7\0", "", "…" * 300):
        sheet = np.asarray(contact_sheet(plain("red", "blue"), [text, ""], columns=2, tile=160))
        assert (sheet[11 + 160 :, 11 + 160 : 2 * 11 + 160] == GROUND).all()
        assert (sheet[11 + 160 :, 2 * 11 + 160 :] == GROUND).all()


def test_takes_whatever_open_picture_takes():
    sheet = contact_sheet(["sample:cat", sample("coffee"), np.zeros((9, 9)), Image.new("L", (9, 9))], tile=64)
    assert sheet.mode == "RGB"


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (([],), "Give at least one"),
        ((plain("red"), ["a", "b"]), "2 captions for 1 pictures"),
        ((plain("red"), None, 0), "0 columns"),
    ],
)
def test_requests_that_make_no_sense(request_, words):
    with pytest.raises(PictureError, match=words):
        contact_sheet(*request_)


def test_sizes_that_make_no_sense():
    with pytest.raises(PictureError, match="at least 16"):
        contact_sheet(plain("red"), tile=3)
    with pytest.raises(PictureError, match="smaller tile"):
        contact_sheet(plain("red") * 3000, tile=224)
    assert contact_sheet(plain("red"), columns=10**9, tile=32).size == (48, 48)
