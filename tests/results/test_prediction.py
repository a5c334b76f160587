"""A prediction in a terminal and in a notebook: labels are text, whatever they hold."""

import io

from rich.console import Console

from tapetum.results import ClassScore, Prediction

LABEL = "<script>alert(1)</script>\x1b[31m"
FOUND = Prediction("<b>cat</b>", (ClassScore(3, LABEL, 0.75, 2.0), ClassScore(1, "dog", 0.25, 1.0)))


def test_in_a_terminal() -> None:
    held = io.StringIO()
    Console(file=held, width=100).print(FOUND)
    lines = held.getvalue().splitlines()
    assert lines[0].strip().startswith("75.0%")
    assert "\x1b" not in held.getvalue()


def test_in_a_notebook() -> None:
    page = FOUND._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<b>cat" not in page


def test_as_a_sequence() -> None:
    assert len(FOUND) == 2
    assert FOUND[0].index == 3
    assert [score.label for score in FOUND] == [LABEL, "dog"]
