"""Shuffled parts: exact on networks that only add up what they find, and pixel by pixel."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from oracles.adversarial import rearranged
from small_networks import Flat, OneLogit, Plain, seeded
from torch import nn
from untouched import untouched

import tapetum
from tapetum.attacks import orders, shuffled, strongest_parts
from tapetum.errors import MethodError, OutputError, TargetError
from tapetum.network import Network, Preparation

CAT = tapetum.sample("cat")


@pytest.mark.parametrize(("grid", "rows", "columns"), [(2, 4, 6), (3, 6, 9), (4, 8, 4)])
def test_parts_change_places_pixel_by_pixel(grid: int, rows: int, columns: int) -> None:
    picture = torch.arange(3.0 * rows * columns).reshape(3, rows, columns)
    for order in orders(grid, 4, seed=1):
        torch.testing.assert_close(
            shuffled(picture, grid, order), rearranged(picture, grid, order.tolist()), rtol=0, atol=0
        )


def test_what_the_grid_does_not_divide_stays() -> None:
    picture = torch.arange(3.0 * 8 * 7).reshape(3, 8, 7)
    for order in orders(3, 5, seed=0):
        found = shuffled(picture, 3, order)
        for edge in ((0, slice(None)), (7, slice(None)), (slice(None), 6)):
            torch.testing.assert_close(found[:, *edge], picture[:, *edge], rtol=0, atol=0)
        assert sorted(found.flatten().tolist()) == picture.flatten().tolist()


def test_no_part_stays_and_no_order_comes_twice() -> None:
    for grid, repetitions, count in ((2, 10, 9), (2, 4, 4), (3, 50, 50)):
        found = orders(grid, repetitions, seed=5)
        assert len(found) == len({tuple(order) for order in found}) == count
        assert all((order != np.arange(grid * grid)).all() for order in found)
        assert all(sorted(order) == list(range(grid * grid)) for order in found)
    (only,) = orders(3, 10, seed=0, movable=[2, 7])
    assert only.tolist() == [0, 1, 7, 3, 4, 5, 6, 2, 8]


def test_the_strongest_parts_hold_most_positive_evidence() -> None:
    values = torch.zeros(7, 7)
    values[1, 1], values[5, 3], values[3, 3], values[3, 5] = 3.0, 2.0, -9.0, 1.0
    assert strongest_parts(values, 3, 3) == [0, 7, 5]


def bag(side: int) -> nn.Module:
    """The mean of what is found in every square of side × side pixels: a bag of local features."""
    return nn.Sequential(
        nn.Conv2d(3, 8, side, stride=side),
        nn.ReLU(),
        nn.Conv2d(8, 4, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def test_a_bag_of_features_does_not_mind() -> None:
    network = Network(seeded(bag(4)).double(), Preparation(24, 24), name="bag", engine="torch")
    found = tapetum.pareidolia(network, CAT, grids=[2, 3, 6], repetitions=6)
    for grid in found.grids:
        assert grid.still == len(grid.shuffles) == 6
        for shuffle in grid.shuffles:
            assert shuffle.logit == pytest.approx(found.logit, rel=1e-9)
            assert not (shuffle.picture == found.picture).all()
    assert found.sentences()[-1].endswith("it has not learnt how the parts are arranged.")
    crossing = tapetum.pareidolia(network, CAT, grids=[4], repetitions=3)
    assert abs(crossing.grids[0].logit.mean - found.logit) > 1e-6, "squares of 4 are cut by parts of 6"


def test_a_network_that_looks_at_places_minds() -> None:
    """It names class 1 where the upper half of the picture is brighter than the lower one."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))
    with torch.no_grad():
        model[1].bias.zero_()
        model[1].weight.zero_()
        model[1].weight[1] = torch.tensor([1.0] * 4 + [-1.0] * 4).repeat_interleave(8).repeat(3)
    network = Network(model.eval(), Preparation(8, 8), ["below", "above"], engine="torch")
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4] = 200
    found = tapetum.pareidolia(network, pixels, grids=[2], repetitions=9)
    assert found.target.label == "above"
    assert found.grids[0].still == sum(s.logit > 0 for s in found.grids[0].shuffles)
    assert found.grids[0].still < 5
    assert "it needs the parts at their places" in found.sentences()[-1]


def test_only_the_strongest_parts_move() -> None:
    model = seeded(Plain(), 3)
    network = Network(model, Preparation(24, 24), name="small", engine="torch")
    with untouched(model):
        found = tapetum.pareidolia(network, CAT, 1, grids=[3], repetitions=4, strongest=2)
    (grid,) = found.grids
    assert (grid.moved, len(grid.shuffles), found.by) == (2, 1, "gradcam")
    assert grid.logit.interval is None
    same = (grid.shuffles[0].picture == found.picture).all(-1)
    assert same.reshape(3, 8, 3, 8).all((1, 3)).sum() == 7
    said = network.predict(grid.shuffles[0].picture)
    assert grid.shuffles[0].prediction[0].index == said[0].index


def test_one_logit_and_grey(tmp_path: Path) -> None:
    single = Network(seeded(OneLogit(), 1), Preparation(16, 16), ["no", "yes"], engine="torch")
    found = tapetum.pareidolia(single, CAT, grids=[2], repetitions=3)
    assert found.grids[0].probability.interval is not None
    grey = Network(seeded(Flat(), 1), Preparation(28, 28, channels=1), engine="torch")
    found = tapetum.pareidolia(grey, CAT, "class 3", grids=[2, 3], repetitions=2)
    for suffix in (".html", ".png", ".json"):
        assert found.save(tmp_path / f"found{suffix}").stat().st_size > 500
    assert json.loads((tmp_path / "found.json").read_text())["grids"][1]["grid"] == 3
    assert "<script" not in (tmp_path / "found.html").read_text()
    assert found._repr_html_().startswith("<iframe")
    with pytest.raises(OutputError, match=r"\.html, \.png or \.json"):
        found.save(tmp_path / "found.pdf")


@pytest.mark.parametrize(
    ("error", "words", "options"),
    [
        (MethodError, "grids is 1", {"grids": [1]}),
        (MethodError, "no grid", {"grids": []}),
        (MethodError, "does not fit into 24 pixels", {"grids": [25]}),
        (MethodError, "repetitions is 0", {"repetitions": 0}),
        (MethodError, "strongest is 1", {"strongest": 1}),
        (MethodError, "no method 'gradcan'", {"strongest": 2, "by": "gradcan"}),
        (TargetError, "Name one class", {"target": "class 1 - class 2"}),
        (TargetError, "No class", {"target": "unicorn"}),
    ],
)
def test_what_is_refused(error: type[Exception], words: str, options: dict) -> None:
    network = Network(seeded(Plain(), 3), Preparation(24, 24), engine="torch")
    with pytest.raises(error, match=words):
        tapetum.pareidolia(network, CAT, **options)
