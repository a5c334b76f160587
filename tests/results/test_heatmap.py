"""A heatmap keeps raw values, says where they came from, and draws itself."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tapetum.errors import OutputError
from tapetum.pictures import ZERO, overlay, sample, signed
from tapetum.results import Heatmap, Target, joined


@pytest.fixture
def heatmap() -> Heatmap:
    values = torch.stack([torch.arange(-4.0, 5.0).view(3, 3), torch.zeros(3, 3), -torch.ones(3, 3)])
    targets = (Target("cat", (1,)), Target("dog", (2,)), Target("cat − dog", (1, 2), "difference"))
    return Heatmap(
        values, "gradcam", targets, torch.tensor([1.0, 2.0, 3.0]), (12, 12), "net", "f" * 32, "layer4"
    )


def test_indexing_keeps_the_picture_together(heatmap: Heatmap) -> None:
    last = heatmap[-1]
    assert len(last) == 1
    assert last.target == Target("cat − dog", (1, 2), "difference")
    assert last.score.tolist() == [3.0]
    assert torch.equal(last.values[0], heatmap.values[2])
    with pytest.raises(IndexError):
        heatmap[3]


def test_verdicts_and_sentences(heatmap: Heatmap) -> None:
    assert heatmap.verdicts() == ("map", "zero", "negative")
    assert heatmap.sentences()[1].startswith("No evidence at all")
    assert heatmap.sentences()[2].startswith("No positive evidence")
    assert heatmap.boxes()[1] is None


def test_values_stay_raw_and_are_enlarged_between_their_bounds(heatmap: Heatmap) -> None:
    grown = heatmap.at_picture_size()
    assert grown.shape == (3, 12, 12)
    assert grown.max() <= 4
    assert grown.min() >= -4
    assert heatmap.scale() == 4


def test_joined_batches_are_one(heatmap: Heatmap) -> None:
    whole = joined([heatmap[0], heatmap[1], heatmap[2]])
    assert torch.equal(whole.values, heatmap.values)
    assert whole.targets == heatmap.targets


def test_drawing_is_the_signed_map_or_the_overlay(heatmap: Heatmap) -> None:
    plain = np.asarray(heatmap.draw(0))
    grown = heatmap.at_picture_size()[0].numpy()
    assert np.array_equal(plain, signed(grown, 4.0))
    assert np.array_equal(np.asarray(heatmap.draw(1)), np.full((12, 12, 3), ZERO, np.uint8))
    seen = sample("cat").image.resize((12, 12))
    over = replace(heatmap, seen=(seen,) * 3)
    assert np.array_equal(np.asarray(over.draw(0)), overlay(np.asarray(seen), grown, 4.0))
    assert Image.open(io.BytesIO(over._repr_png_())).size == (12, 12)


def test_saved_values_come_back(heatmap: Heatmap, tmp_path: Path) -> None:
    heatmap.save(tmp_path / "map.npz")
    with np.load(tmp_path / "map.npz") as held:
        assert np.array_equal(held["values"], heatmap.values.numpy())
        assert str(held["layer"]) == "layer4"
    heatmap[0].save(tmp_path / "map.png")
    with Image.open(tmp_path / "map.png") as drawn:
        assert drawn.size == (12, 12)
    with pytest.raises(OutputError, match="3 pictures"):
        heatmap.save(tmp_path / "all.png")
    with pytest.raises(OutputError, match=r"\.jpg"):
        heatmap.save(tmp_path / "map.jpg")
