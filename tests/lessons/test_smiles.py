"""The lesson on smiles, with the faces that stand in, and with a file as article 3 has it."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image, ImageDraw

from tapetum.errors import DataError
from tapetum.lessons import lesson
from tapetum.results import Story


@pytest.fixture(scope="module")
def faces() -> Story:
    return lesson("smiles")


def test_faces_are_learnt(faces: Story) -> None:
    numbers = faces.numbers
    assert numbers["pictures"] == 200
    assert numbers["tried on"] == 60
    assert numbers["accuracy"] >= 0.9
    assert min(numbers["precision of face"], numbers["recall of face"], numbers["F of face"]) >= 0.85
    assert numbers["parameters"] == 416 + 32 + 12832 + 64 + 147584 + 129
    assert numbers["best epoch"] <= numbers["epochs"]


def test_elsewhere_it_finds_faces_that_are_none(faces: Story) -> None:
    numbers = faces.numbers
    assert numbers["elsewhere: accuracy"] < numbers["accuracy"] - 0.1
    assert numbers["elsewhere: “no face” called “face”"] >= 10
    assert numbers["elsewhere: precision of face"] < 0.7
    assert numbers["elsewhere: calibration error"] > numbers["calibration error"]


def test_it_says_what_it_measured(faces: Story, tmp_path: Path) -> None:
    words = " ".join(sentence for part in faces.parts for sentence in part.sentences)
    assert "stand in for smiles" in words
    assert "shape (200, 25, 25)" in words
    assert f"epoch {faces.numbers['best epoch']:.0f}" in words
    assert f"“no face” called “face”: {faces.numbers['elsewhere: “no face” called “face”']:.0f}." in words
    headings = [part.heading for part in faces.parts]
    assert "False positives: “no face” called “face”" in headings
    inside = faces.parts[headings.index("What every layer makes of one picture")]
    assert [row[0] for row in inside.tables[0].rows] == [
        f"{kind}{block}" for block in (1, 2) for kind in ("conv", "relu", "norm", "pool")
    ]
    assert len(inside.figures) == 9
    assert 0 < faces.numbers["blank at relu1"] < 1
    assert all(len(sentence) <= 400 for part in faces.parts for sentence in part.sentences)
    assert faces.save(tmp_path / "smiles.html").stat().st_size > 100_000


def mouths(count: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Drawn faces whose mouth bends up (1) or down (0), in colour."""
    chance = np.random.default_rng(1)
    pixels, labels = np.zeros((count, side, side, 3), np.uint8), np.arange(count) % 2
    for place, label in enumerate(labels):
        image = Image.new("RGB", (side, side), tuple(int(v) for v in chance.integers(150, 250, 3)))
        draw = ImageDraw.Draw(image)
        left, top = (int(v) for v in chance.integers(4, 9, 2))
        for eye in (3, 13):
            draw.ellipse((left + eye, top, left + eye + 4, top + 4), (40, 40, 40))
        mouth = (20, 160) if label else (200, 340)
        draw.arc((left + 2, top + 8, left + 16, top + 20), *mouth, fill=(160, 30, 30), width=2)
        pixels[place] = np.asarray(image)
    return pixels, labels


def test_the_persons_own_file_is_used(tmp_path: Path) -> None:
    pixels, labels = mouths(160, 32)
    place = tmp_path / "train_happy.h5"
    with h5py.File(place, "w") as file:
        file["train_set_x"], file["train_set_y"] = pixels, labels[None]
        file["list_classes"] = np.array([b"frown", b"smile"])
    found = lesson("smiles", data=place)
    words = " ".join(sentence for part in found.parts for sentence in part.sentences)
    assert "read from train_happy.h5" in words
    assert "shape (160, 32, 32, 3)" in words
    assert "train_set_x" in words
    assert "stand in" not in words
    assert found.numbers["tried on"] == 48
    assert found.numbers["accuracy"] >= 0.9
    assert not any(name.startswith("elsewhere") for name in found.numbers)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "train_happy.h5"
    place.write_text("no HDF5")
    with pytest.raises(DataError, match=r"train_happy\.h5 cannot be read as HDF5"):
        lesson("smiles", data=place)
