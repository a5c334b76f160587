"""`tapetum examples` as a person uses it."""

import json
import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import pytest
from terminal import command, read_until

from tapetum import Examples, sample


def test_a_folder_is_kept_extended_and_shown(run, tiny, tmp_path: Path) -> None:
    (tmp_path / "photos" / "inside").mkdir(parents=True)
    for name, place in (("coffee", "photos"), ("rocket", "photos/inside")):
        sample(name).save(tmp_path / place / f"{name}.png")
    (tmp_path / "photos" / "page\x1b[31m.png").write_text("<html>")
    ran = run("examples", "photos", "--layer", "2", "--top", "3", *tiny)
    assert ran.code == 0, ran.err
    for words in (
        "channel",
        "inside/rocket.png",
        "not read: page",
        "1 pictures could not be read",
        "the 3 strongest of 2 pictures",
        "Kept: tapetum-examples-2.npz",
        "To look at: tapetum-examples-2.html",
    ):
        assert words in ran.out, words
    assert "\x1b" not in ran.out
    again = run(
        "examples",
        "photos",
        "samples",
        "--layer",
        "2",
        "--channel",
        "2,5-6",
        "--json",
        *tiny,
        "--output",
        "tapetum-examples-2.npz",
        "--sheet",
        "sheet.png",
    )
    document = json.loads(again.out)
    # Two photographs were seen as files, and are seen once more as samples.
    assert document["pictures"] == 8
    assert [one["channel"] for one in document["examples"]] == [2, 5, 6]
    assert {len(one["strongest"]) for one in document["examples"]} == {3}
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    assert len(Examples.load(tmp_path / "tapetum-examples-2.npz").seen) == 8
    other = run("examples", "samples", "--layer", "0", "-o", "tapetum-examples-2.npz", *tiny)
    assert other.code == 2
    assert "of the layer 2, not 0" in other.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["empty"], "no picture in the folder"),
        (["missing"], "None of the 1 pictures can be read"),
        (["samples", "--layer", "99"], "no layer"),
        (["samples", "--layer", "2", "--channel", "0-9999"], "no channel 9999"),
        (["samples", "--channel", "1;2"], "cannot be read at '1;2'"),
        (["samples", "--top", "0"], "--top"),
        (["samples", "--output", "kept.txt"], "ends in .npz"),
        (["samples", "--sheet", "sheet.pdf"], ".html"),
        (["samples", "--output", "nowhere/kept.npz"], "no folder"),
        (["samples", "--output", "damaged.npz"], "is not a file of examples"),
    ],
)
def test_bad_input(run, tiny, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged.npz").write_text("no zip")
    before = {path.name for path in tmp_path.iterdir()}
    ran = run("examples", *arguments, *tiny)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == before


def test_ctrl_c_keeps_what_was_done_and_a_rerun_goes_on(run, tiny, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    first = tmp_path / "photos" / "000.png"
    sample("coffee").save(first)
    for place in range(1, 300):
        # What stands after the end of a PNG is no part of the picture, but of the file.
        (tmp_path / "photos" / f"{place:03}.png").write_bytes(first.read_bytes() + f"{place}".encode())
    look = ("examples", "photos", "--layer", "2", *tiny)
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        command(*look),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=side,
        start_new_session=True,
    )
    os.close(side)
    shown = read_until(terminal, b"Looking")
    os.killpg(process.pid, signal.SIGINT)
    shown += read_until(terminal, b"goes on from there")
    os.close(terminal)
    assert process.wait(timeout=120) == 130, shown
    done = re.search(rb"Interrupted: (\d+) pictures", shown)
    assert done
    assert 0 < int(done[1]) < 300
    file = tmp_path / "tapetum-examples-2.npz"
    assert len(Examples.load(file).seen) == int(done[1])
    ended = run(*look)
    assert "of 300 pictures" in ended.out
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".tmp"]
