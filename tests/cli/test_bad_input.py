"""What a person types or gives wrongly: exit code 2, one clear line, nothing written."""

import json
import os
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image


def _png(rows: int, columns: int) -> bytes:
    """A PNG whose header claims this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return len(data).to_bytes(4, "big") + kind + data + check.to_bytes(4, "big")

    header = columns.to_bytes(4, "big") + rows.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def _jpeg(folder: Path) -> bytes:
    path = folder / "whole.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(path)
    return path.read_bytes()


DAMAGED: dict[str, Callable[[Path], bytes]] = {
    "empty.png": lambda folder: b"",
    "page.jpg": lambda folder: b"<!doctype html><html><body>hello</body></html>",
    "cut.jpg": lambda folder: _jpeg(folder)[:700],
    "bomb.png": lambda folder: _png(30_000, 30_000),
    "thin.png": lambda folder: _png(1, 65_535),
    "drawing.svg": lambda folder: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "paper.pdf": lambda folder: b"%PDF-1.7\n",
    "photoshop.psd": lambda folder: b"8BPS" + bytes(40),
}


def _one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.startswith("tapetum: ")


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_pictures(run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(DAMAGED[name](tmp_path))
    before = set(tmp_path.iterdir())
    ran = run("explain", name)
    assert ran.code == 2
    assert _one_line(ran.err), ran.err
    assert ran.out == ""
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "name",
    [
        "missing.png",
        "sample:dog",
        "a\nb.png",
        "x" * 300 + ".png",
        "../nowhere/..",
        "\x1b[31mred.png",
        "\u202egnp.exe",
    ],
)
def test_names_that_mean_no_picture(run, name: str) -> None:
    ran = run("predict", name)
    assert ran.code == 2
    assert _one_line(ran.err), ran.err
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err


def test_a_pipe_and_a_symlink_loop_end_at_once(run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    for name in ("pipe.png", "loop.png"):
        assert run("explain", name).code == 2


def test_an_empty_folder_is_told(run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = run("predict", "empty")
    assert ran.code == 2
    assert "no picture" in ran.err


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("-1", "There is no class -1"),
        ("1000000000", "0 to 999"),
        ("2.5", "No class is called '2.5'"),
        ("Egyptain cat", "Egyptian cat"),
        ("crane", "134 (crane), 517 (crane)"),
        ("tiger c", None),
        ("Egyptian cat - unicorn", "unicorn"),
    ],
)
def test_targets(run, tmp_path: Path, target: str, words: str | None) -> None:
    ran = run("explain", "--target", target, "--output", "out.html")
    if words is None:
        assert ran.code == 0, ran.err
        assert "tiger cat" in ran.out
        return
    assert ran.code == 2
    assert words in ran.err
    assert _one_line(ran.err)
    assert not (tmp_path / "out.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--method", "gradcamm"], "gradcam"),
        (["--method", "gradcam:depth=3"], "no option 'depth'"),
        (["--method", "gradcam:layer"], "name=value"),
        (["--method", "gradcam:layer=blocks.9"], "blocks.6"),
        (["--method", "gradcam:layer=classifier"], "without rows and columns"),
        (["--method", "saliency:reduction=mean"], "max-abs"),
        (["--top", "0"], "--top"),
        (["--output", "nowhere/report.html"], "no folder"),
        (["--output", "report.pdf"], "HTML"),
        (["--device", "abacus"], "no device 'abacus'"),
        (["--engine", "steam"], "engine"),
        (["--precision", "float7"], "precision"),
        (["--size", "big"], "--size"),
        (["--size", "0"], "--size"),
        (["--mean", "a,b"], "--mean"),
        (["--crop", "3"], "crop"),
        (["--labels", "missing.txt"], "missing.txt"),
        (["--no-such-option"], "No such option"),
    ],
)
def test_options(run, tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = run("explain", *arguments)
    assert ran.code == 2, ran.err
    assert words in ran.err
    assert _one_line(ran.err), ran.err
    assert list(tmp_path.iterdir()) == []


class _Canary:
    """A pickle that would create a file when it is read carelessly."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (str(self.place),))


def test_models(run, tmp_path: Path) -> None:
    canary = tmp_path / "sang"
    (tmp_path / "canary.pth").write_bytes(pickle.dumps({"weight": _Canary(canary)}))
    (tmp_path / "canary.pt2").write_bytes(pickle.dumps(_Canary(canary)))
    torch.save({"fc.weight": torch.zeros(3, 3)}, tmp_path / "other.pth")
    for model, words in (
        (["--model", "resnet18"], "torchvision:resnet18"),
        (["--model", "timm:resnet1888"], "resnet18"),
        (["--model", "canary.pth", "--architecture", "timm:resnet18"], ""),
        (["--model", "canary.pt2"], "--trust-code"),
        (["--model", "os:getcwd"], "--trust-code"),
        (["--model", "other.pth"], "--architecture"),
        (["--model", "other.pth", "--architecture", "torchvision:resnet18"], "conv1.weight"),
    ):
        ran = run("predict", "sample:cat", *model)
        assert ran.code == 2, (model, ran)
        assert words in ran.err, (model, ran.err)
        assert _one_line(ran.err), ran.err
    assert not canary.exists()


def test_errors_are_one_json_document_where_json_was_asked_for(run) -> None:
    ran = run("predict", "missing.png", "--json")
    assert ran.code == 2
    assert ran.err == ""
    document = json.loads(ran.out)
    assert document["schema"] == "tapetum-error/1"
    assert document["error"]["kind"] == "picture"


def test_labels_must_fit(run, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("\n".join(f"label {i}" for i in range(10)))
    ran = run("predict", "sample:cat", "--labels", "labels.txt")
    assert ran.code == 2
    assert "10 labels for 1000 classes" in ran.err
