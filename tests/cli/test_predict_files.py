"""`tapetum predict` into files, and from folders with files that are no pictures."""

import csv
import json
from pathlib import Path

import pytest

import tapetum
from tapetum import sample

SMALL = ("--size", "64", "--engine", "torch")


def _folder(place: Path) -> None:
    place.mkdir()
    for name in ("coffee", "rocket"):
        sample(name).save(place / f"{name}.png")


def test_a_table(run, tmp_path: Path) -> None:
    _folder(tmp_path / "photos")
    sample("cat").save(tmp_path / "=cmd|' A1'.png")
    ran = run("predict", "photos", "=cmd|' A1'.png", *SMALL, "--top", "3", "--output", "out.csv")
    assert ran.code == 0, ran.err
    assert ran.out.strip() == "Predictions of 3 pictures: out.csv"
    rows = list(csv.DictReader((tmp_path / "out.csv").open()))
    assert [row["picture"] for row in rows[::3]] == ["coffee.png", "rocket.png", "'=cmd|' A1'.png"]
    expected = tapetum.load("lite0", size=64, engine="torch").predict(sample("coffee"), top=3)
    for rank, (row, score) in enumerate(zip(rows[:3], expected, strict=True), 1):
        assert (row["rank"], row["index"], row["label"]) == (str(rank), str(score.index), score.label)
        assert float(row["probability"]) == pytest.approx(score.probability, rel=1e-4)
        assert float(row["logit"]) == pytest.approx(score.logit, rel=1e-4)


def test_a_label_is_no_formula(run, tmp_path: Path) -> None:
    labels = ["+1" if index % 2 else "@sum" for index in range(1000)]
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    ran = run("predict", "sample:cat", *SMALL, "--labels", "labels.json", "--output", "out.csv")
    assert ran.code == 0, ran.err
    assert {row["label"] for row in csv.DictReader((tmp_path / "out.csv").open())} <= {"'+1", "'@sum"}


def test_everything_as_json_is_what_json_prints(run, tmp_path: Path) -> None:
    ran = run("predict", "sample:cat", *SMALL, "--json", "--output", "out.json")
    assert ran.code == 0, ran.err
    assert json.loads((tmp_path / "out.json").read_text()) == json.loads(ran.out)


def test_files_of_a_folder_that_are_no_pictures_are_skipped_and_named(run, tmp_path: Path) -> None:
    _folder(tmp_path / "photos")
    (tmp_path / "photos" / "a-page.jpg").write_text("<html>")
    (tmp_path / "photos" / "z-empty.png").write_bytes(b"")
    ran = run("predict", "photos", *SMALL, "--top", "1")
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if ".png" in line] == ["coffee.png", "rocket.png"]
    assert "2 files were skipped" in ran.err
    assert "a-page.jpg" in ran.err
    document = json.loads(run("predict", "photos", *SMALL, "--json").out)
    assert [one["name"] for one in document["skipped"]] == ["a-page.jpg", "z-empty.png"]
    assert len(document["pictures"]) == 2


def test_a_picture_that_is_named_must_be_readable(run, tmp_path: Path) -> None:
    _folder(tmp_path / "photos")
    (tmp_path / "page.jpg").write_text("<html>")
    ran = run("predict", "photos", "page.jpg", *SMALL, "--output", "out.csv")
    assert ran.code == 2
    assert "page.jpg" in ran.err
    assert not (tmp_path / "out.csv").exists()


def test_a_folder_without_a_readable_picture(run, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "page.jpg").write_text("<html>")
    ran = run("predict", "photos", *SMALL)
    assert ran.code == 2
    assert "None of the 1 pictures" in ran.err


@pytest.mark.parametrize(
    ("output", "words"),
    [("out.txt", ".csv or .json"), ("out", "without suffix"), ("no/out.csv", "no folder"), (".", "folder")],
)
def test_places_that_cannot_be(run, output: str, words: str) -> None:
    ran = run("predict", "sample:cat", "--output", output)
    assert ran.code == 2
    assert words in ran.err
