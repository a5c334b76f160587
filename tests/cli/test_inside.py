"""Commands that look inside a network: what they print and write, and what they refuse."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tapetum import sample

SMALL = ("--size", "64")


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
    few, every = run(*arguments), run(*arguments, "--all")
    assert "1,268 more, together" in few.out
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


ARITHMETIC = ("arithmetic", "sample:cat", *SMALL)
FIELD = ("receptive-field", "sample:cat", *SMALL)
EVIDENCE = ("evidence", "sample:cat", *SMALL)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            (*ARITHMETIC, "-l", "conv_stem", "-c", "32", "--at", "0,0"),
            "no channel 32. It has the channels 0 to 31",
        ),
        ((*ARITHMETIC, "-l", "conv_stem", "-c", "-1", "--at", "0,0"), "no channel -1"),
        ((*ARITHMETIC, "-l", "conv_stem", "-c", "0", "--at", "32,0"), "no row 32"),
        ((*ARITHMETIC, "-l", "conv_stem", "-c", "0", "--at", "0,-1"), "no column -1"),
        ((*ARITHMETIC, "-l", "conv_stem", "-c", "0"), "Say which one"),
        ((*ARITHMETIC, "-l", "conv_stem", "-c", "0", "--at", "3"), "ROW,COLUMN"),
        ((*ARITHMETIC, "-l", "conv_stem", "-c", "0", "--at", "a,b"), "ROW,COLUMN"),
        ((*ARITHMETIC, "-l", "classifier", "-c", "0", "--at", "0,0"), "no rows and columns"),
        ((*ARITHMETIC, "-l", "conv_stam", "-c", "0", "--at", "0,0"), "conv_stem"),
        ((*ARITHMETIC, "-c", "0"), "--layer"),
        ((*ARITHMETIC, "-l", "conv_stem", "-c", "many"), "--channel"),
        ((*FIELD, "-l", "blocks.1", "--at", "99,0"), "no row 99"),
        ((*FIELD, "-l", "blocks.1", "-c", "99"), "no channel 99"),
        ((*FIELD, "-l", "blocks.1", "-o", "field.gif"), ".png or .npz"),
        ((*FIELD, "-l", "blocks.1", "-o", "nowhere/field.png"), "no folder"),
        ((*EVIDENCE, "--target", "unicorn"), "unicorn"),
        ((*EVIDENCE, "--width", "0"), "--width"),
        ((*EVIDENCE, "-o", "tree.gif"), ".png or .html"),
        (("evidence", "missing.png"), "missing.png"),
    ],
)
def test_what_is_refused(run, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2, ran
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("tapetum: ")
    assert list(tmp_path.iterdir()) == []


def test_one_picture_is_meant(run, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("coffee", "rocket"):
        sample(name).save(tmp_path / "photos" / f"{name}.png")
    ran = run("evidence", "photos")
    assert ran.code == 2
    assert "There are 2 pictures in photos" in ran.err


def test_hostile_names_stay_text(run, tmp_path: Path) -> None:
    name = "<img src=x>\x1b[31m\u202e.png"
    sample("cat").save(tmp_path / name)
    ran = run("evidence", name, "--width", "1", *SMALL)
    assert ran.code == 0, ran.err
    assert "\x1b[31m" not in ran.out
    assert "\u202e" not in ran.out
