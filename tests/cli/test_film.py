"""`tapetum film` as a person uses it, and what it refuses."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

import tapetum


@pytest.fixture
def film(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 5), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 12 * 12, 2))
    recorded = tapetum.Film(model, torch.rand(2, 1, 16, 16), names=["one", "two"], name="small")
    for _ in range(2):
        with torch.no_grad():
            model[0].weight.add_(0.1)
        recorded.record(loss=0.5)
    return recorded.save(tmp_path / "film.npz")


def test_it_tells_and_writes(run, film: Path, tmp_path: Path) -> None:
    ran = run("film", str(film), "-o", "film.gif", "-o", "film.png", "-o", "film.html")
    assert ran.code == 0, ran.err
    for words in ("small", "3 frames, epochs 0 to 2", "3 filters of 1 × 5 × 5", "maps of 0, 1 for 2 probes"):
        assert words in ran.out, words
    starts = {name: (tmp_path / name).read_bytes()[:6] for name in ("film.gif", "film.png", "film.html")}
    assert starts == {"film.gif": b"GIF89a", "film.png": b"\x89PNG\r\n", "film.html": b"<!doct"}


def test_json_writes_nothing_by_itself(run, film: Path, tmp_path: Path) -> None:
    ran = run("film", str(film), "--json")
    document = json.loads(ran.out)
    assert (document["model"], document["frames"], document["output"]) == ("small", [0, 1, 2], [])
    assert [path.name for path in tmp_path.iterdir()] == ["film.npz"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.npz"], "no film nothing.npz"),
        (["broken.npz"], "is not a film, or is damaged"),
        (["film.npz", "-o", "film.mp4"], "not written as '.mp4'"),
        (["film.npz", "-o", "no/film.gif"], "no folder no"),
    ],
)
def test_bad_input(run, film: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04")
    ran = run("film", *arguments)
    assert ran.code == 2
    assert words in ran.err
