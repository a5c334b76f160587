"""`tapetum visualise` as a person uses it."""

import json
from pathlib import Path

import pytest

SMALL = ("--model", "timm:mobilenetv4_conv_small", "--random-weights", "--size", "64", "--steps", "2")


def test_a_picture_and_a_table(run, tmp_path: Path) -> None:
    ran = run("visualise", "class:tabby", "blocks.3:4@1,1", "-o", "two.png", *SMALL)
    assert ran.code == 0, ran.err
    for words in ("made for", "class:tabby", "blocks.3:4@1,1", "place of its class", "Picture: two.png"):
        assert words in ran.out, words
    assert "mislead" in ran.out
    assert [path.name for path in tmp_path.iterdir()] == ["two.png"]


def test_every_channel_goes_on_from_what_is_there(run, tmp_path: Path) -> None:
    arguments = ("visualise", "--layer", "blocks.0.0", "--all", "--json", *SMALL)
    first, second = (json.loads(run(*arguments).out) for _ in range(2))
    assert len(first["pictures"]) == 32
    assert first["notes"] == []
    assert second["notes"] == ["32 of 32 channels were made before."]
    assert [p["score"] for p in first["pictures"]] == pytest.approx([p["score"] for p in second["pictures"]])


def test_the_grid_of_a_photograph(run) -> None:
    ran = run("visualise", "--grid", "sample:cat", "--layer", "blocks.3", "--json", *SMALL)
    document = json.loads(ran.out)
    assert document["options"]["layer"] == "blocks.3"
    assert len(document["pictures"]) == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Nothing to show was named"),
        (["class:tabby", "--layer", "blocks.3", "--all"], "exclude each other"),
        (["--all"], "of which layer"),
        (["class:tabby", "--layer", "blocks.3"], "LAYER:CHANNEL"),
        (["class:tabby", "--output", "a.pdf"], ".gif"),
        (["--grid", "missing.png"], "missing.png"),
        (["class:tabby", "--quality", "best"], "quality"),
        (["--layer", "blocks.9", "--all"], "blocks.3"),
        (["--layer", "classifier", "--grid", "sample:cat"], "without rows and columns"),
    ],
)
def test_what_goes_wrong_is_one_line(run, tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = run("visualise", *arguments, *SMALL)
    assert ran.code == 2, ran.err
    assert words in ran.err
    assert ran.err.count("\n") == 1, ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("objective", "place"),
    [
        ("class:leoprd", "leoprd"),
        ("class:tabby + blocks.3:99999", "99999"),
        ("class:\x1b[31mred", "?[31mred"),
    ],
)
def test_a_wrong_objective_has_a_caret_under_its_place(
    run, tmp_path: Path, objective: str, place: str
) -> None:
    ran = run("visualise", objective, *SMALL)
    assert ran.code == 2
    message, shown, caret = ran.err.splitlines()
    assert message.startswith("tapetum: ")
    assert shown.replace("\ufffd", "?")[caret.index("^") : caret.rindex("^") + 1] == place
    assert "\x1b" not in ran.err
    assert list(tmp_path.iterdir()) == []
