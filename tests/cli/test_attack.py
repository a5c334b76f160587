"""`tapetum attack` and `tapetum pareidolia` as a person uses them, and what they refuse."""

import json
from pathlib import Path

import pytest

SMALL = ("--size", "64", "--engine", "torch")


def test_attack_the_sample_cat(run, tmp_path: Path) -> None:
    """At the network's own size: the PNG that is written fools it when `predict` reads it again."""
    ran = run("attack", "sample:cat", "--target", "gibbon", "--steps", "4", "--up-to", "0")
    assert ran.code == 0, ran.err
    assert "and now says “gibbon”" in ran.out
    assert "read again without resizing, still fools it" in ran.out
    written = sorted(path.name for path in (tmp_path / "tapetum-attack").iterdir())
    assert written == ["attack.html", "attack.json", "cat-pgd.png", "sheet.png"]
    again = run("predict", "tapetum-attack/cat-pgd.png", "--crop", "1", "--top", "1", "--json")
    assert json.loads(again.out)["pictures"][0]["classes"][0]["label"] == "gibbon"


def test_attack_several_with_one_change(run, tmp_path: Path) -> None:
    ran = run(
        *("attack", "sample:cat", "sample:coffee", "--method", "universal:steps=3", "--epsilon", "0.1"),
        *("--output", "facts.json", *SMALL),
    )
    assert ran.code == 0, ran.err
    assert "pictures fool the network" in ran.out
    document = json.loads((tmp_path / "facts.json").read_text())
    assert document["options"] == {"steps": 3}
    assert all(0 < picture["largest"] <= 25 for picture in document["pictures"])
    assert [path.name for path in tmp_path.iterdir()] == ["facts.json"]


def test_pareidolia(run, tmp_path: Path) -> None:
    ran = run("pareidolia", "sample:cat", "--grid", "2", "--repetitions", "12", *SMALL)
    assert ran.code == 0, ran.err
    assert "of 9 shuffles of 2×2" in ran.out
    assert [path.name for path in tmp_path.iterdir()] == ["tapetum-pareidolia.html"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epsilon", "0"], "epsilon is 0"),
        (["--epsilon", "1.5"], "from black to white"),
        (["--epsilon", "much"], "no number"),
        (["--epsilon", "0.5/255"], "Give 1/255 or more"),
        (["--target", "Egyptian cat"], "already says 'Egyptian cat'"),
        (["--target", "Egyptain cat"], "Egyptian cat"),
        (["--method", "pdg"], "pgd"),
        (["--method", "pgd:step=3"], "step_size"),
        (["--method", "pgd:steps=few"], "whole number"),
        (["--method", "fgsm", "--steps", "3"], "no option 'steps'"),
        (["--method", "deepfool", "--epsilon", "0.1"], "no budget"),
        (["--method", "universal", "--norm", "l2"], "Use linf"),
        (["--norm", "l3"], "--norm"),
        (["--also", "lite7"], "lite"),
        (["--output", "cat.jpg"], ".png"),
        (["--output", "no/where"], "no folder"),
        (["missing.png"], "missing.png does not exist"),
        (["sample:coffee", "--output", "one.png"], "2 changed pictures"),
    ],
)
def test_attack_refuses(run, tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = run("attack", "sample:cat", *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--grid", "1"], "at least 2"),
        (["--grid", "300"], "does not fit into 224 pixels"),
        (["--grid", "two"], "--grid"),
        (["--repetitions", "0"], "--repetitions"),
        (["--by", "gradcan", "--strongest", "3"], "gradcam"),
        (["--target", "cat - dog"], "cat"),
        (["--output", "cat.pdf"], ".html"),
    ],
)
def test_pareidolia_refuses(run, tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = run("pareidolia", "sample:cat", *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
