"""`tapetum journey` as a person uses it, and what it refuses."""

import json
from pathlib import Path

import pytest

import tapetum
from tapetum import sample

SMALL = ("--size", "64")


def test_the_sample_cat_as_a_tall_picture(run, tmp_path: Path) -> None:
    ran = run("journey")
    assert ran.code == 0, ran.err
    for words in ("Egyptian cat", "conv_stem", "32 × 112 × 112", "ReLU6", "4 filters are dead"):
        assert words in ran.out, words
    assert [path.name for path in tmp_path.iterdir()] == ["tapetum-journey.png"]
    picture = tapetum.open_picture("tapetum-journey.png")
    assert picture.columns == 1440
    assert 4000 < picture.rows < 8000
    assert picture.pixels.std() > 20


@pytest.mark.parametrize(("name", "start"), [("j.pdf", b"%PDF"), ("j.html", b"<!doctype html>")])
def test_other_forms(run, tmp_path: Path, name: str, start: bytes) -> None:
    ran = run("journey", "sample:coffee", *SMALL, "--output", name)
    assert ran.code == 0, ran.err
    held = (tmp_path / name).read_bytes()
    assert held.startswith(start)
    assert len(held) < 3_000_000


def test_chosen_layers_and_all(run, tmp_path: Path) -> None:
    ran = run("journey", *SMALL, "--json", "-l", "blocks.2", "-l", "conv_stem")
    document = json.loads(ran.out)
    assert [(step["layer"], step["title"]) for step in document["steps"]] == [
        ("conv_stem", "convolution"),
        ("blocks.2", "block 2"),
    ]
    assert document["output"] is None
    assert document["kernels"]["dead"] == [11, 16, 28, 31]
    assert list(tmp_path.iterdir()) == []
    ran = run("journey", *SMALL, "--json", "--layer", "all", "--output", "all.png", "--strongest", "8")
    assert ran.code == 0, ran.err
    assert len(json.loads(ran.out)["steps"]) == 142
    assert (tmp_path / "all.png").exists()


@pytest.mark.parametrize("model", ["torchvision:resnet18", "timm:vit_tiny_patch16_224"])
def test_random_weights(run, model: str) -> None:
    ran = run("journey", "sample:cat", "--model", model, "--random-weights", *SMALL, "--json")
    assert ran.code == 0, ran.err
    assert [step["rows"] is None for step in json.loads(ran.out)["steps"][-1:]] == [True]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sample:cat", "--layer", "blocks.9"], "no layer 'blocks.9'"),
        (["sample:cat", "--strongest", "0"], "--strongest"),
        (["sample:cat", "--output", "journey.gif"], ".png, .pdf or .html"),
        (["sample:cat", "--output", "nowhere/journey.png"], "no folder nowhere"),
        (["page.png"], "page.png"),
        (["missing.png"], "missing.png"),
        (["folder"], "holds 2 pictures"),
    ],
)
def test_bad_input(run, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "page.png").write_text("<html>")
    (tmp_path / "folder").mkdir()
    for name in ("a", "b"):
        sample("coffee").save(tmp_path / "folder" / f"{name}.png")
    before = sorted(tmp_path.rglob("*"))
    ran = run("journey", *arguments, *SMALL)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_hostile_names_are_inert(run, tmp_path: Path) -> None:
    name = "<img src=x>\u202e.png"
    sample("coffee").save(tmp_path / name)
    ran = run("journey", name, *SMALL, "--output", "page.html")
    assert ran.code == 0, ran.err
    assert "\u202e" not in ran.out
    assert "<img src=x>" not in (tmp_path / "page.html").read_text()
