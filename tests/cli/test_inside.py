"""Commands that look inside a network: what they print and write, and what they refuse."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tapetum import sample

SMALL = ("--size", "64")
TINY = ("--model", "tiny:build", "--trust-code", "--size", "24", "--channels", "3")
SOURCE = """
from torch import nn
def build():
    stem = [nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.ReLU()]
    return nn.Sequential(*stem, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))
"""


@pytest.fixture
def tiny(tmp_path: Path) -> None:
    """A network of two convolutions in a file beside the person."""
    (tmp_path / "tiny.py").write_text(SOURCE)


def test_numbers_that_are_none_are_told(run, tmp_path: Path) -> None:
    """A root that exists for noise, with which networks are captured, and not for a picture."""
    root = (
        "class Root(nn.Module):\n    def forward(self, x):\n        low = x.amin((1, 2, 3), keepdim=True)\n"
    )
    root += "        return x * (-low - 1.5).sqrt()\n"
    (tmp_path / "rooted.py").write_text(SOURCE.replace("[nn.Conv2d(3", "[Root(), nn.Conv2d(3") + root)
    for command in (
        ("arithmetic", "sample:cat", "-l", "1", "-c", "0", "--at", "3,3"),
        ("receptive-field", "sample:cat", "-l", "1"),
        ("evidence", "sample:cat"),
    ):
        ran = run(*command, *TINY, "--model", "rooted:build", "--json")
        assert ran.code == 2, ran
        assert json.loads(ran.out)["error"]["kind"] == "non_finite"


def test_arithmetic_is_a_table_with_a_check_mark(run, tmp_path: Path) -> None:
    ran = run("arithmetic", "sample:cat", "--layer", "conv_stem", "--channel", "5", "--at", "40,60")
    assert ran.code == 0, ran.err
    for words in (
        "conv_stem, channel 5 at 40,60",
        "Σ kernel × map",
        "values of channel",
        "channel 2",
        "total",
        "✓ equals the network's own value",
    ):
        assert words in ran.out, words
    assert list(tmp_path.iterdir()) == []


def test_the_strongest_terms_or_all(run) -> None:
    arguments = ("arithmetic", "sample:cat", "-l", "classifier", "-c", "285", *SMALL)
    every = run(*arguments, "--all")
    assert "more, together" not in every.out
    assert every.out.count("global_pool, channel") == 1280
    document = json.loads(run(*arguments, "--json").out)
    assert len(document["parts"]) == 1280
    total = sum(p["subtotal"] for p in document["parts"]) + sum(c["value"] for c in document["constants"])
    assert total == pytest.approx(document["total"])
    assert document["agrees"] is True


def test_a_receptive_field_is_told_and_drawn(run, tmp_path: Path) -> None:
    ran = run("receptive-field", "sample:cat", "sample:coffee", "-l", "blocks.1", "--at", "0,3")
    assert ran.code == 0, ran.err
    assert "can see 19 × 19 pixels, of which" in ran.out
    assert "mean over 2 pictures" in ran.out
    with Image.open(tmp_path / "tapetum-field.png") as image:
        assert image.size == (672, 672)


def test_evidence_as_a_picture_and_as_a_page(run, tmp_path: Path) -> None:
    ran = run("evidence", "sample:cat", "--target", "Egyptian cat", "--width", "2", *SMALL)
    assert ran.code == 0, ran.err
    assert "Egyptian cat, score" in ran.out
    assert "exactly" in ran.out
    assert ran.out.count("✓") > 6
    assert "✗" not in ran.out
    with Image.open(tmp_path / "tapetum-evidence.png") as image:
        assert image.width > 1000
    ran = run("evidence", "sample:cat", "--width", "1", "--output", "path.html", *SMALL)
    assert ran.code == 0, ran.err
    assert '"evidence"' in (tmp_path / "path.html").read_text("utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"tapetum-evidence.png", "path.html"}


def test_evidence_inside_an_explanation(run, tmp_path: Path) -> None:
    ran = run("explain", "sample:cat", "--method", "gradcam", "--evidence", *SMALL)
    assert ran.code == 0, ran.err
    page = (tmp_path / "tapetum-report.html").read_text("utf-8")
    assert '"how": "exact"' in page


@pytest.mark.parametrize("model", ["torchvision:resnet18", "torchvision:vgg16"])
def test_random_weights(run, tmp_path: Path, model: str) -> None:
    network = ("--model", model, "--random-weights", *SMALL)
    layer = "layer2" if "resnet" in model else "features.10"
    for command in (
        ("evidence", "sample:coffee"),
        ("arithmetic", "sample:coffee", "-l", layer, "-c", "3", "--at", "2,2"),
        ("receptive-field", "sample:coffee", "-l", layer),
    ):
        ran = run(*command, *network)
        assert ran.code == 0, ran.err


ARITHMETIC = ("arithmetic", "sample:cat", *TINY)
FIELD = ("receptive-field", "sample:cat", *TINY)
EVIDENCE = ("evidence", "sample:cat", *TINY)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*ARITHMETIC, "-l", "3", "-c", "6", "--at", "0,0"), "no channel 6. It has the channels 0 to 5"),
        ((*ARITHMETIC, "-l", "3", "-c", "-1", "--at", "0,0"), "no channel -1"),
        ((*ARITHMETIC, "-l", "3", "-c", "0", "--at", "10,0"), "no row 10. It has the rows 0 to 9"),
        ((*ARITHMETIC, "-l", "3", "-c", "0", "--at", "0,-1"), "no column -1"),
        ((*ARITHMETIC, "-l", "3", "-c", "0"), "Say which one"),
        ((*ARITHMETIC, "-l", "3", "-c", "0", "--at", "3"), "ROW,COLUMN"),
        ((*ARITHMETIC, "-l", "3", "-c", "0", "--at", "a,b"), "ROW,COLUMN"),
        ((*ARITHMETIC, "-l", "7", "-c", "0", "--at", "0,0"), "no rows and columns"),
        ((*ARITHMETIC, "-l", "conv", "-c", "0", "--at", "0,0"), "The nearest names are"),
        ((*ARITHMETIC, "-c", "0"), "--layer"),
        ((*ARITHMETIC, "-l", "3", "-c", "many"), "--channel"),
        ((*FIELD, "-l", "3", "--at", "99,0"), "no row 99"),
        ((*FIELD, "-l", "3", "-c", "99"), "no channel 99"),
        ((*FIELD, "-l", "3", "-o", "field.gif"), ".png or .npz"),
        ((*FIELD, "-l", "3", "-o", "nowhere/field.png"), "no folder"),
        ((*EVIDENCE, "--target", "unicorn"), "unicorn"),
        ((*EVIDENCE, "--width", "0"), "--width"),
        ((*EVIDENCE, "-o", "tree.gif"), ".png, .html or .htm"),
        (("evidence", "missing.png"), "missing.png"),
    ],
)
def test_what_is_refused(run, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2, ran
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("tapetum: ")
    assert {path.suffix for path in tmp_path.iterdir() if path.is_file()} == {".py"}


def test_one_picture_is_meant(run, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("coffee", "rocket"):
        sample(name).save(tmp_path / "photos" / f"{name}.png")
    ran = run("evidence", "photos")
    assert ran.code == 2
    assert "The folder photos holds 2 pictures" in ran.err


@pytest.mark.usefixtures("tiny")
def test_hostile_names_stay_text(run, tmp_path: Path) -> None:
    name = "<img src=x>\x1b[31m\u202e.png"
    sample("cat").save(tmp_path / name)
    ran = run("evidence", name, "--width", "1", *TINY)
    assert ran.code == 0, ran.err
    assert "\x1b[31m" not in ran.out
    assert "\u202e" not in ran.out
