"""What a film shows: which filters are dead, what they prefer, the GIF, the sheet, the facts."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tapetum.errors import DataError, OutputError
from tapetum.pictures import signed
from tapetum.results import Reel
from tapetum.results.reel_gif import evenly, kernel_frame

KINDS = ("tall", "wide", "tall")


def made(frames: int = 3, *, channels: int = 1, size: int = 7, hostile: str = "net") -> Reel:
    """A film of four filters: 0 prefers tall probes, 1 wide ones, 2 both, 3 answers to nothing."""
    random = np.random.default_rng(0)
    kernels = random.normal(0, 0.1, (frames, 4, channels, size, size)).astype(np.float32)
    kernels[-1, 0] = np.sign(np.arange(size) - size // 2)
    conv = np.full((frames, 3, 4, 6, 6), -1, np.float16)
    for probe, kind in enumerate(KINDS):
        conv[-1, probe, 0, 2:4] = 3.0 if kind == "tall" else 0.5
        conv[-1, probe, 1, 2:4] = 0.2 if kind == "tall" else 2.0
        conv[-1, probe, 2, 2:4] = 1.0
    return Reel(
        model=hostile,
        unit="epoch",
        frames=np.arange(frames),
        first="conv.weight",
        weights={"conv.weight": kernels, "conv.bias": np.zeros((frames, 4), np.float32)},
        left_out=("dense.weight",),
        likeness=np.linspace(0.1, 0.9, 4 * frames, dtype=np.float32).reshape(frames, 4),
        angles=np.zeros((frames, 4), np.float32),
        maps={"conv": conv, "act": np.maximum(conv, 0)},
        titles={"conv": "convolution", "act": "ReLU"},
        probes=np.zeros((3, 9, 9, 3), np.uint8),
        names=KINDS,
        moments=np.arange(1, frames),
        scores={"loss": np.linspace(1, 0.5, frames - 1), "val_loss": np.full(frames - 1, np.nan)},
        last=frames - 1,
        pace=(1, 0, 1, 0),
    )


def test_answers_are_means_over_the_probes_of_a_kind() -> None:
    found = made().answers(-1)
    share = 2 / 6
    assert found["tall"] == pytest.approx([3 * share, 0.2 * share, share, 0], rel=1e-3)
    assert found["wide"] == pytest.approx([0.5 * share, 2 * share, share, 0], rel=1e-3)


def test_without_an_activation_the_positive_part_of_the_convolution_answers() -> None:
    reel = made()
    bare = Reel(**{**vars(reel), "maps": {"conv": reel.maps["conv"]}, "titles": {"conv": "convolution"}})
    assert bare.answers(-1)["tall"] == pytest.approx(reel.answers(-1)["tall"])


def test_filters_prefer_what_they_answer_to_and_the_silent_one_is_dead() -> None:
    filters = made().filters
    floor = 0.02 * 1.0
    assert [kernel.prefers for kernel in filters] == ["tall", "wide", None, None]
    assert [kernel.dead for kernel in filters] == [False, False, False, True]
    assert filters[0].preference("tall") == pytest.approx((1 + floor) / (0.5 / 3 + floor))
    assert made().chosen() == (0, 1)
    assert made().sentences()[-1] == "Dead filters: 3."
    rows = made().table()[1]
    assert [row[-1] for row in rows] == ["tall, 5.5 times", "wide, 7.9 times", "", "dead"]


def test_kernels_without_weight_are_dead_too() -> None:
    reel = made()
    kernels = reel.kernels.copy()
    kernels[-1, 2] *= 1e-4
    assert Reel(**{**vars(reel), "weights": {"conv.weight": kernels}}).filters[2].dead


def test_without_probes_the_filters_most_like_an_edge_are_chosen() -> None:
    reel = made()
    bare = Reel(**{**vars(reel), "maps": {}, "titles": {}, "names": (), "probes": reel.probes[:0]})
    assert bare.chosen() == (3, 2)
    assert not any(kernel.dead for kernel in bare.filters)
    with pytest.raises(DataError, match="no feature maps"):
        bare.sheet()


def test_the_gif_has_every_frame_with_one_scale_of_colours() -> None:
    reel = made(5)
    film = Image.open(io.BytesIO(reel.gif()))
    assert (film.n_frames, film.format) == (5, "GIF")
    wanted = signed(np.array([[reel.kernels[-1, 0, 0, 0, -1]]], np.float64), reel.scale)[0, 0]
    for place in (0, 4):
        film.seek(place)
        shown = np.asarray(film.convert("RGB")).astype(int)
        drawn = np.asarray(kernel_frame(reel, place)).astype(int)
        # 256 colours in the whole film: each pixel's own is near.
        assert np.abs(shown - drawn).mean() < 3
    assert np.abs(drawn - wanted).max(axis=2).min() == 0


def test_a_long_film_is_shown_by_frames_all_over_it() -> None:
    assert evenly(5, 120) == [0, 1, 2, 3, 4]
    found = evenly(1000, 120)
    assert (found[0], found[-1], len(found)) == (0, 999, 120)


@pytest.mark.parametrize(("channels", "size"), [(3, 5), (2, 3), (1, 1)])
def test_kernels_of_other_shapes_are_drawn(channels: int, size: int) -> None:
    frame = np.asarray(kernel_frame(made(channels=channels, size=size), 1))
    assert frame.std() > 5


def test_the_sheet_has_two_rows_for_every_filter() -> None:
    reel = made()
    short, long = reel.sheet([0]), reel.sheet([0, 1, 2])
    assert short.width == long.width
    assert long.height > 2 * short.height
    with pytest.raises(DataError, match="no filter 4"):
        reel.sheet([4])


def test_facts_are_plain_and_nan_is_null(tmp_path: Path) -> None:
    path = made().save(tmp_path / "film.json")
    found = json.loads(path.read_text())
    assert found["scores"] == {"loss": [1.0, 0.5], "val_loss": [None, None]}
    assert found["left_out"] == ["dense.weight"]
    assert found["filters"][0]["prefers"] == "tall"


@pytest.mark.parametrize("suffix", [".html", ".gif", ".png", ".json", ".npz"])
def test_every_form_is_written_whole(tmp_path: Path, suffix: str) -> None:
    made().save(tmp_path / f"film{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == [f"film{suffix}"]
    with pytest.raises(OutputError, match="not written as"):
        made().save(tmp_path / "film.mp4")


def test_hostile_names_are_text(tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>\x1b[31m\u202e\ud800"
    reel = made(hostile=hostile)
    assert "<img" not in reel.page()
    reel.sheet()
    reel.gif()
    assert "\x1b" not in repr(reel.__rich__())
    assert Reel.load(reel.save(tmp_path / "film.npz")).model == hostile
