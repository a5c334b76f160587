"""Folders of pictures with a folder for each class."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tapetum.errors import DataError
from tapetum.learning import open_data, open_parts
from tapetum.pictures import open_picture


def picture(place: Path, value: int = 0, size: tuple[int, int] = (8, 6)) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), value, np.uint8)).save(place)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    for name in ("cat", "dog"):
        for number in range(3):
            picture(tmp_path / "pets" / name / f"{number}.png", number * 40 + len(name))
    picture(tmp_path / "pets" / "dog" / "more" / "inside.png", 200)
    return tmp_path / "pets"


def test_each_folder_is_a_class_with_all_that_is_in_it(pets: Path) -> None:
    data = open_data(pets)
    assert (data.name, data.classes, data.counts) == ("pets", ("cat", "dog"), (3, 4))
    names = [shown.name for shown, _ in data]
    assert names == ["0.png", "1.png", "2.png", "0.png", "1.png", "2.png", "inside.png"]
    assert (data[1][0].pixels == open_picture(pets / "cat" / "1.png").pixels).all()
    assert (data.notes, data.skipped) == ((), ())


def test_pictures_are_read_when_they_are_asked_for(pets: Path) -> None:
    data = open_data(pets)
    before = data.fingerprint
    picture(pets / "cat" / "0.png", 255)
    assert (data[0][0].pixels == 255).all()
    assert open_data(pets).fingerprint != before


def test_the_fingerprint_is_that_of_the_contents(pets: Path, tmp_path: Path) -> None:
    before = open_data(pets).fingerprint
    os.rename(pets, tmp_path / "moved")
    assert open_data(tmp_path / "moved").fingerprint == before
    os.rename(tmp_path / "moved" / "dog" / "2.png", tmp_path / "moved" / "cat" / "3.png")
    assert open_data(tmp_path / "moved").fingerprint != before


def test_damaged_files_are_listed_and_left_out(pets: Path) -> None:
    (pets / "cat" / "page\x1b[31m.png").write_text("<html>")
    whole = (pets / "dog" / "0.png").read_bytes()
    (pets / "dog" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (pets / "dog" / "notes.txt").write_text("not a picture, and not looked at")
    data = open_data(pets)
    assert data.counts == (3, 4)
    assert [one.name for one in data.skipped] == ["cat/page\N{REPLACEMENT CHARACTER}.png", "dog/cut.png"]
    assert "web page" in data.skipped[0].reason
    assert "a damaged PNG" in data.skipped[1].reason
    assert data.skipped[1].reason.startswith("dog/cut.png is ")
    with pytest.raises(DataError, match=r"2 of 9 files of .*pets cannot be read: cat/page.* a web page"):
        open_data(pets, strict=True)


def test_mixed_sizes_and_loose_pictures_are_told(pets: Path) -> None:
    picture(pets / "cat" / "large.png", size=(40, 30))
    picture(pets / "loose.png")
    sizes, loose = open_data(pets).notes
    assert "2 sizes, from 8×6 to 40×30" in sizes
    assert loose.startswith("1 pictures beside the class folders")


def test_folders_called_train_and_test_are_parts(pets: Path, tmp_path: Path) -> None:
    root = tmp_path / "split"
    root.mkdir()
    os.rename(pets, root / "train")
    for name in ("cat", "dog"):
        picture(root / "Val" / name / "v.png", 90)
        picture(root / "test" / name / "t.png", 91)
    parts = open_parts(root)
    assert {part: one.counts for part, one in parts.items()} == {
        "test": (1, 1),
        "train": (3, 4),
        "validation": (1, 1),
    }
    assert open_data(root, part="test").counts == (1, 1)
    assert open_data(root).counts == (5, 6)
    with pytest.raises(DataError, match=r"has the parts .*, and no 'dev'"):
        open_data(root, part="dev")


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        ("empty", r"class folder 'bird' of .* has no picture\. Pictures end in \.bmp"),
        ("damaged", "class folder 'bird' of .* has no picture that can be read"),
        ("one", "only one class folder, 'cat'"),
        ("none", "has no folders inside"),
        ("missing", "There are no data"),
    ],
)
def test_folders_that_cannot_be_used(pets: Path, tmp_path: Path, break_it: str, words: str) -> None:
    place = pets
    if break_it == "empty":
        (pets / "bird").mkdir()
    elif break_it == "damaged":
        (pets / "bird").mkdir()
        (pets / "bird" / "x.png").write_bytes(b"")
    elif break_it == "one":
        os.rename(pets / "dog", tmp_path / "elsewhere")
    elif break_it == "none":
        place = pets / "cat"
    else:
        place = tmp_path / "nowhere"
    with pytest.raises(DataError, match=words):
        open_data(place)


def test_a_link_to_a_folder_above_does_not_go_round(pets: Path) -> None:
    (pets / "cat" / "again").symlink_to(pets, target_is_directory=True)
    assert open_data(pets).counts == (3, 4)
