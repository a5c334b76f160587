"""Names from outside, made safe for people and terminals."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapetum.pictures import display_name, printable

BAD = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cat.png", "cat.png"),
        ("Kätzchen 猫 🐈.png", "Kätzchen 猫 🐈.png"),
        ("👩\u200d🔬.png", "👩\u200d🔬.png"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
        ("\x1b[31mred\x1b[0m", f"{BAD}red{BAD}"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x1b\\", f"{BAD}link{BAD}"),
        ("\x9b2Jgone", f"{BAD}gone"),
        ("\x1b", BAD),
        ("a\nb\r\tc\x00d\x7fe\x85f", f"a{BAD}b{BAD}{BAD}c{BAD}d{BAD}e{BAD}f"),
        ("\u202egnp.exe\u2066\u200f\u061c", f"{BAD}gnp.exe{BAD}{BAD}{BAD}"),
        ("\u2028\u2029\ufeff\u00ad", BAD * 4),
        (os.fsdecode(b"latin-\xe9"), f"latin-{BAD}"),
        ("\ud800", BAD),
    ],
)
def test_printable(text, shown):
    assert printable(text) == shown


def test_long_names_are_cut():
    shown = printable("x" * 300)
    assert len(shown) == 120
    assert shown.endswith("x…")
    assert printable("x" * 120) == "x" * 120


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_steers_a_terminal(text):
    shown = printable(text)
    assert len(shown) <= 120
    assert not any(character in shown for character in "\x1b\x9b\n\r\t\0\u202e\u2028")
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b/cat.png", "cat.png"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("../../etc/passwd", "passwd"),
        ("folder/", "folder"),
        ("..", "picture"),
        ("../..", "picture"),
        ("", "picture"),
        ("/", "picture"),
        ("</script>.png", "script>.png"),
    ],
)
def test_display_name(path, name):
    assert display_name(path) == name
