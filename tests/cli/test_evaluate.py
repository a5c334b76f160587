"""`tapetum evaluate`: what it prints and writes, and how it ends where something is wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tapetum

Run = Callable[..., "tuple[int, str, str]"]
NETWORK = ("tiny_network:build", "--trust-code", "--channels", "3", "--size", "32")


@pytest.fixture
def desk(tmp_path: Path, tiny: tuple[str, ...]) -> Path:
    """Beside the tiny network of four classes: labels, a folder of two of them, and faulty ones."""
    (tmp_path / "labels.txt").write_text("cat\nflower\nrocket\ncup\n")
    for name, label in (("cat", "cat"), ("rocket", "rocket"), ("coffee", "rocket")):
        (tmp_path / "data" / label).mkdir(parents=True, exist_ok=True)
        tapetum.sample(name).save(tmp_path / "data" / label / f"{name}.jpg")
    for name in ("one/cat", "empty/cat", "empty/cup", "unknown/cat", "unknown/unicorn"):
        (tmp_path / name).mkdir(parents=True)
        if name != "empty/cup":
            Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / name / "black.png")
    return tmp_path


def test_scores_in_the_terminal_and_as_a_page(run: Run, desk: Path) -> None:
    code, out, _ = run("evaluate", *NETWORK[:1], "data", *NETWORK[1:], "--labels", "labels.txt")
    assert code == 0
    assert "of 3 pictures of data" in out
    assert "Written: tapetum-scores.html" in out
    assert "Confusion matrix" in (desk / "tapetum-scores.html").read_text()
    code, _, _ = run("evaluate", NETWORK[0], "data", *NETWORK[1:], "--labels", "labels.txt", "-o", "m.png")
    assert code == 0
    with Image.open(desk / "m.png") as image:
        assert image.size[0] > 200


def test_scores_as_json(run: Run, desk: Path) -> None:
    code, out, err = run("evaluate", NETWORK[0], "data", *NETWORK[1:], "--labels", "labels.txt", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [one["pictures"] for one in found["classes"]] == [1, 2]
    assert [one["index"] for one in found["classes"]] == [0, 2]
    assert found["output"] is None
    assert not (desk / "tapetum-scores.html").exists()


@pytest.mark.parametrize(
    ("kind", "words", "arguments"),
    [
        ("data", "no data", ("nothing",)),
        ("data", "one", ("one",)),
        ("data", "'cup' of", ("empty",)),
        ("data", "The network does not know 1 of 2 classes of unknown: 'unicorn'", ("unknown",)),
        ("output", "Scores are not written as '.pdf'", ("data", "-o", "scores.pdf")),
        ("usage", "shown", ("data", "--shown", "-1")),
    ],
)
def test_what_is_wrong_is_told(
    run: Run, desk: Path, kind: str, words: str, arguments: tuple[str, ...]
) -> None:
    given = (NETWORK[0], *arguments, *NETWORK[1:], "--labels", "labels.txt")
    code, out, err = run("evaluate", *given)
    assert (code, out) == (2, "")
    assert words in err
    code, out, _ = run("evaluate", *given, "--json")
    assert code == 2
    assert json.loads(out)["error"]["kind"] == kind


def test_damaged_files_are_skipped_or_refused(run: Run, desk: Path) -> None:
    (desk / "data" / "cat" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    given = ("evaluate", NETWORK[0], "data", *NETWORK[1:], "--labels", "labels.txt", "--json")
    code, out, _ = run(*given)
    assert code == 0
    found = json.loads(out)
    assert (found["pictures"], len(found["skipped"])) == (3, 1)
    assert "broken.png" in found["skipped"][0]["reason"]
    code, out, _ = run(*given, "--strict")
    assert code == 2
    assert "broken.png" in json.loads(out)["error"]["message"]
