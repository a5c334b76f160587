"""Sheets of numbers."""

import numpy as np

from tapetum.pictures.number_sheet import NumberPanel, NumberRow, number_sheet

GOLD, TEAL = (0xD6, 0xF5, 0x5E), (0x38, 0xD6, 0xC6)


def _colours(rows: list[NumberRow], side: int = 160) -> set[tuple[int, int, int]]:
    pixels = np.asarray(number_sheet(rows, side=side)).reshape(-1, 3)
    return set(map(tuple, pixels.tolist()))


def test_numbers_stand_in_squares_of_their_colour() -> None:
    found = _colours([NumberRow("", [NumberPanel("a", np.array([[3.0, -3.0], [0.0, 0.0]]))])])
    assert {GOLD, TEAL} <= found


def test_panels_of_a_row_share_a_scale_unless_they_have_their_own() -> None:
    strong, weak = np.array([[4.0]]), np.array([[-1.0]])
    assert TEAL not in _colours([NumberRow("", [NumberPanel("a", strong), NumberPanel("b", weak)])])
    assert TEAL in _colours([NumberRow("", [NumberPanel("a", strong), NumberPanel("b", weak, scale=1.0)])])


def test_rows_lie_under_each_other_and_nothing_is_cut() -> None:
    panel = NumberPanel("a title", np.ones((4, 2)), "a note")
    one = number_sheet([NumberRow("heading", [panel])])
    two = number_sheet([NumberRow("heading", [panel]), NumberRow("", [panel, panel, panel])])
    assert two.width > one.width == 200
    assert two.height > 2 * (one.height - 40)
    for side in (0, -1):
        edge = np.asarray(two)[:, side]
        assert (edge == edge[0]).all()


def test_a_sheet_of_zeros_is_dark() -> None:
    found = _colours([NumberRow("", [NumberPanel("none", np.zeros((2, 2)))])])
    assert not {GOLD, TEAL} & found


def test_names_from_outside_are_drawn_harmlessly() -> None:
    panel = NumberPanel("\x1b[31m<b>\n\u202e" * 30, np.ones((1, 1)), "x" * 500)
    assert number_sheet([NumberRow("y" * 500, [panel])]).width == 200
