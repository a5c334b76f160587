"""`tapetum train` as a person uses it."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from terminal import command, read_until

import tapetum

QUICK = ["--architecture", "lenet", "--epochs", "1"]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Data of every kind, small."""
    pixels = np.zeros((24, 16, 16), np.uint8)
    labels = np.arange(24) % 2
    for row, label in enumerate(labels):
        pixels[row, :, 8 * label : 8 * label + 8] = 100 + 5 * row
        place = tmp_path / "halves" / ("left", "right")[label] / f"{row}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        tapetum.open_picture(pixels[row]).save(place)
    np.savez(tmp_path / "halves.npz", pics=pixels, truth=labels)
    np.savez(tmp_path / "alone.npz", x=pixels, y=labels * 0)
    (tmp_path / "broken.h5").write_bytes(b"no HDF5")
    (tmp_path / "one" / "left").mkdir(parents=True)
    return tmp_path


def test_a_network_is_trained_written_and_asked(run, desk: Path) -> None:
    (desk / "halves" / "left" / "bad\x1b[31m.png").write_bytes(b"")
    ran = run("train", "halves", *QUICK, "--augment", "flip=0,shift", "--seed", "3")
    assert ran.code == 0, ran.err
    for words in (
        "lenet on halves",
        "lenet learnt to tell left and right apart from 16 pictures",
        "Written: tapetum-halves",
        "tapetum explain PICTURE --model tapetum-halves",
    ):
        assert words in ran.out, words
    assert "1 file was skipped" in ran.err
    assert "\x1b" not in ran.out + ran.err
    card = json.loads((desk / "tapetum-halves" / "card.json").read_text())
    assert card["options"]["seed"] == 3
    assert card["options"]["augmentation"]["shift"] == 0.1
    asked = run("predict", "halves/left/0.png", "--model", "tapetum-halves", "--json")
    assert asked.code == 0, asked.err
    assert {one["label"] for one in json.loads(asked.out)["pictures"][0]["classes"]} == {"left", "right"}
    seen = run("explain", "halves/left/0.png", "-m", "tapetum-halves", "--method", "gradcam", "-o", "r.html")
    assert seen.code == 0, seen.err
    assert (desk / "r.html").stat().st_size > 10_000


def test_json_writes_a_folder_only_where_one_is_named(run, desk: Path) -> None:
    before = set(desk.iterdir())
    ran = run("train", "halves.npz", *QUICK, "--keys", "pics,truth", "--json")
    assert json.loads(ran.out)["output"] is None
    assert ran.err == ""
    assert json.loads(ran.out)["film"] is None
    assert set(desk.iterdir()) == before
    ran = run(
        "train",
        "halves.npz",
        *QUICK,
        "--keys",
        "pics,truth",
        "--json",
        "-o",
        "net",
        "--size",
        "20x24",
        "--film",
        "film.gif",
    )
    found = json.loads(ran.out)
    assert (found["output"], found["film"]) == ("net", "film.gif")
    with Image.open(desk / "film.gif") as gif:
        assert gif.n_frames == 2
    assert tapetum.load(desk / "net").input_shape == (1, 20, 24)
    assert json.loads((desk / "net" / "card.json").read_text()) == {
        key: value for key, value in found.items() if key not in ("output", "film")
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lions"], "There are no data 'lions'. Give lines, digits, faces, corners, a folder"),
        (["one"], "only one class folder"),
        (["halves/left"], "has no folders inside"),
        (["alone.npz"], "are of one class"),
        (["halves.npz"], "holds pics, truth, and no pair"),
        (["halves.npz", "--keys", "pics,no"], "has no 'no'"),
        (["broken.h5"], "broken.h5 cannot be read as HDF5"),
        (["halves", "--architecture", "resnet"], "'resnet' cannot be trained here"),
        (["halves", "--architecture", "lenet", "--train", "head"], "lenet starts with random weights"),
        (["halves", "--architecture", "article-2", "--size", "8"], "too small for article-2"),
        (["halves", "--size", "big"], "--size is 'big'"),
        (["halves", "--epochs", "0"], "--epochs"),
        (["halves", "--augment", "spin"], "no augmentation 'spin'"),
        (["halves", *QUICK, "--learning-rate", "-1"], "learning rate is -1"),
        (["halves", *QUICK, "--learning-rate", "1e10"], "validation loss is nan after step 1 (epoch 1)"),
        (["halves", *QUICK, "--accelerator", "abacus"], "Lightning cannot train so"),
        (["halves", *QUICK, "--accelerator", "tpu"], "Lightning cannot train so"),
        (["halves", *QUICK, "--devices", "none"], "Lightning cannot train so"),
        (["halves", *QUICK, "--strategy", "alone"], "Lightning cannot train so"),
        (["halves", "--output", "halves.npz"], "halves.npz is a file. Name a folder"),
        (["halves", "--film", "film.avi"], "A film is not written as '.avi'"),
        (
            [
                "halves",
                "--architecture",
                "timm:mobilenetv4_conv_small",
                "--random-weights",
                "--film",
                "f.gif",
            ],
            "last layer alone has none",
        ),
        (["halves", "--output", "nowhere/net"], "There is no folder nowhere"),
    ],
)
def test_bad_input(run, desk: Path, arguments: list[str], words: str) -> None:
    before = set(desk.iterdir())
    ran = run("train", *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert set(desk.iterdir()) == before


def test_a_damaged_file_is_refused_where_that_is_asked_for(run, desk: Path) -> None:
    (desk / "halves" / "left" / "bad.png").write_bytes(b"")
    ran = run("train", "halves", *QUICK, "--strict")
    assert ran.code == 2
    assert "1 of 25 files of halves cannot be read: left/bad.png is an empty file" in ran.err


def test_ctrl_c_finishes_the_batch_and_keeps_the_best(tmp_path: Path) -> None:
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        command("train", "lines", "--epochs", "500", "--patience", "500"),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=side,
        start_new_session=True,
    )
    os.close(side)
    shown = read_until(terminal, b"Training")
    os.killpg(process.pid, signal.SIGINT)
    shown += read_until(terminal, b"were kept")
    os.close(terminal)
    assert process.wait(timeout=120) == 130, shown
    card = json.loads((tmp_path / "tapetum-lines" / "card.json").read_text())
    assert (card["ending"], card["options"]["epochs"]) == ("interrupted", 500)
    assert len(card["history"]) < 500
    assert tapetum.load(tmp_path / "tapetum-lines").labels == ("horizontal", "vertical")
    assert {path.name for path in tmp_path.iterdir()} == {"tapetum-lines"}


def test_two_devices_share_the_work_and_one_of_them_writes(desk: Path) -> None:
    begin = [sys.executable, "-m", "tapetum", "train", "halves", *QUICK, "--json", "-o", "net"]
    flags = ["--accelerator", "cpu", "--devices", "2", "--strategy", "ddp"]
    done = subprocess.run(
        [*begin, *flags], cwd=desk, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["output"] == "net"
    assert tapetum.load(desk / "net").labels == ("left", "right")
