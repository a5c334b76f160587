"""Kernels: the weights as they are, and which filters are dead or double, by the stated criteria."""

import numpy as np
import pytest
import torch
from oracles.inside import dead_filters, twin_pairs
from small_networks import Plain, seeded
from torch import nn

import tapetum
from tapetum.errors import LayerError


def _loaded(model: nn.Module, channels: int = 3) -> tapetum.Network:
    return tapetum.load(model, input_shape=(channels, 12, 9), mean=0.5, std=0.5, engine="torch")


@pytest.fixture
def planted() -> Plain:
    """Filter 1 dead by its weights, 2 by its batch-norm, 5 nearly 4, 6 the opposite of 4, 7 nearly dead 1."""
    model = seeded(Plain())
    with torch.no_grad():
        weight = model.conv1.weight
        weight[1] *= 1e-3
        model.bn1.weight[2] = 1e-4
        weight[5] = 1.7 * weight[4] + 0.02 * weight[0]
        weight[6] = -weight[4]
        weight[7] = weight[1] * 1000
    return model


def test_dead_and_twin_filters_are_found(planted: Plain) -> None:
    sheet = tapetum.kernels(_loaded(planted))
    weight = planted.conv1.weight.detach()
    norm = planted.bn1
    dead = dead_filters(weight, norm.weight.detach() / (norm.running_var + norm.eps).sqrt())
    assert dead == [1, 2]
    assert list(sheet.dead) == dead
    assert {(pair.first, pair.second) for pair in sheet.twins} == twin_pairs(weight, 1, dead) == {(4, 5)}
    assert torch.equal(sheet.values, weight)
    assert sheet.colour
    assert any("1, 2" in sentence for sentence in sheet.sentences())
    assert any("4 and 5" in sentence for sentence in sheet.sentences())


def test_filters_of_different_channels_are_no_twins() -> None:
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3, groups=3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 2)
    )
    with torch.no_grad():
        model[0].weight[:] = torch.randn(1, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    sheet = tapetum.kernels(_loaded(model.eval()))
    assert {(p.first, p.second) for p in sheet.twins} == {(0, 1), (2, 3), (4, 5)}
    assert {(p.first, p.second) for p in sheet.twins} == twin_pairs(model[0].weight.detach(), 3, [])
    assert not sheet.colour


def test_weights_that_the_network_computes() -> None:
    """A filter under weight normalisation is shown as it acts."""
    model = nn.Sequential(
        torch.nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 2),
    ).eval()
    sheet = tapetum.kernels(_loaded(model))
    torch.testing.assert_close(sheet.values, model[0].weight.detach())


def test_all_filters_of_nothing_are_dead() -> None:
    model = seeded(Plain())
    with torch.no_grad():
        model.conv1.weight.zero_()
    assert tapetum.kernels(_loaded(model)).dead == tuple(range(8))


def test_colours_are_the_weights_and_grey_is_zero(planted: Plain) -> None:
    sheet = tapetum.kernels(_loaded(planted))
    pixels = sheet.pixels()
    rows, across = 2, 4
    side = (pixels.shape[1] + 4) // across - 4
    assert pixels.shape[0] == rows * (side + 4) - 4
    values = sheet.values.numpy()
    largest = np.sort(np.abs(values[values != 0]))[int(np.ceil(0.98 * (values != 0).sum())) - 1]
    cell = side // 3
    for number in (0, 3):
        top, left = number // across * (side + 4), number % across * (side + 4)
        tile = pixels[top + cell // 2 : top + side : cell, left + cell // 2 : left + side : cell]
        expected = 127.5 + 127.5 * np.clip(values[number] / largest, -1, 1).transpose(1, 2, 0)
        np.testing.assert_allclose(tile, expected, atol=0.51)
    bottom = pixels[side - 1, side + 4 + side // 2]
    assert tuple(bottom) == (0xFF, 0x8A, 0x5C)


def test_later_layers_are_a_row_per_filter(planted: Plain) -> None:
    sheet = tapetum.kernels(_loaded(planted), "conv2")
    assert sheet.values.shape == (16, 8, 3, 3)
    pixels = sheet.pixels()
    side = (pixels.shape[1] + 1) // 8 - 1
    assert pixels.shape[0] == 16 * (side + 1) - 1
    assert sheet.pixels(filters=2, channels=3).shape[0] == 2 * (side + 1) - 1


@pytest.mark.parametrize(
    ("layer", "words"), [("fc", "no convolution over rows and columns.*conv1, conv2"), ("conv7", "conv2")]
)
def test_layers_without_kernels(planted: Plain, layer: str, words: str) -> None:
    with pytest.raises(LayerError, match=words):
        tapetum.kernels(_loaded(planted), layer)


def test_a_filter_that_is_not_there(planted: Plain) -> None:
    sheet = tapetum.kernels(_loaded(planted))
    assert torch.equal(sheet.filter(3), planted.conv1.weight[3])
    with pytest.raises(LayerError, match="no filter 8"):
        sheet.filter(8)


def test_real_first_layers() -> None:
    """lite0 has four filters in its stem whose maps never change."""
    net = tapetum.load("lite0", size=64, engine="torch")
    sheet = tapetum.kernels(net)
    a, b = (tapetum.feature_maps(net, name, "bn1.act").values for name in ("sample:cat", "sample:rocket"))
    assert sheet.dead == (11, 16, 28, 31)
    for number in sheet.dead:
        assert float(a[number].std() + b[number].std()) < 1e-3
