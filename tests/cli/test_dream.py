"""`tapetum dream` as a person uses it."""

import json
from pathlib import Path

import pytest
from PIL import Image

ONE = ("--octaves", "1", "--steps", "1")


def test_a_dream_and_its_film(run, tiny, tmp_path: Path) -> None:
    ran = run(
        "dream", "sample:cat", "--side", "60", "--watch", "--gif", "zoom.gif", "--frames", "3", *tiny, *ONE
    )
    assert ran.code == 0, ran.err
    assert "cat: " in ran.out
    assert "60 × 40 pixels, 1 octaves × 1.4, 1 steps each" in ran.out
    assert "Dream: tapetum-dream.png" in ran.out
    with Image.open(tmp_path / "tapetum-dream.png") as picture, Image.open(tmp_path / "zoom.gif") as film:
        assert picture.size == film.size == (60, 40)
        assert film.n_frames == 3
    assert {path.name for path in tmp_path.iterdir()} >= {"tapetum-dream.png", "zoom.gif"}


def test_layers_channels_targets_and_a_guide_make_the_objective(run, tiny) -> None:
    options = ("--side", "48", "--json", *tiny, *ONE)
    ran = run("dream", "sample:cat", "--layer", "2", "--channel", "3,7", "--target", "3", *options)
    assert json.loads(ran.out)["objective"] == "2:3 + 2:7 + class:3"
    ran = run("dream", "sample:cat", "-l", "2", "-l", "0", "--guide", "sample:coffee", *options)
    document = json.loads(ran.out)
    assert document["objective"] == "2:* + 0:*"
    assert document["guide"] == "coffee"
    assert document["output"] is None
    ran = run("dream", "sample:cat", "--objective", "2:* - 0.5*0:3", *options)
    assert json.loads(ran.out)["objective"] == "2:* - 0.5*0:3"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--layer", "99"], "no layer"),
        (["--layer", "2", "--channel", "9999"], "no channel 9999"),
        (["--channel", "3"], "Name one layer"),
        (["--target", "unicorn"], "unicorn"),
        (["--objective", "2"], "2"),
        (["--objective", "2:*", "--layer", "2"], "Leave --layer"),
        (["--objective", "2:3@0,0"], "no position"),
        (["--guide", "missing.png"], "missing.png"),
        (["--output", "dream.gif"], "ends in .png"),
        (["--gif", "dream.png"], "ends in .gif"),
        (["--output", "nowhere/dream.png"], "no folder"),
        (["--side", "1"], "side is 1"),
        (["--side", "30000"], "pixels"),
        (["--memory", "much"], "memory limit"),
        (["--scale", "0.5"], "scale is 0.5"),
    ],
)
def test_bad_input(run, tiny, tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = run("dream", "sample:cat", *arguments, *tiny, *ONE)
    assert ran.code == 2, ran.err
    assert words in ran.err
    assert {path.suffix for path in tmp_path.iterdir()} <= {".py", ""}
