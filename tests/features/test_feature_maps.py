"""Feature maps are the network's own values, layer by layer, and say which channel each is."""

import numpy as np
import pytest
import torch
from oracles.inside import by_spread, silent_channels, steps_of_plain, zero_share
from small_networks import Flat, NoPlaces, Plain, Residual, noise, seeded
from torch import nn
from untouched import untouched

import tapetum
from tapetum.errors import LayerError, NonFiniteError, OutputError, PictureError

BATCH = noise((1, 3, 12, 9))


def _loaded(model: nn.Module, shape: tuple[int, int, int] = (3, 12, 9)) -> tapetum.Network:
    return tapetum.load(model, input_shape=shape, mean=0.5, std=0.5, engine="torch")


@pytest.fixture(scope="module")
def plain() -> tuple[nn.Module, tapetum.Network]:
    model = seeded(Plain())
    return model, _loaded(model)


@pytest.mark.parametrize("layer", ["conv1", "bn1", "relu", "conv2", "bn2", "relu.2"])
def test_maps_are_what_the_formula_gives(plain: tuple[nn.Module, tapetum.Network], layer: str) -> None:
    model, net = plain
    expected = steps_of_plain(model, BATCH)[layer][0]
    sheet = tapetum.feature_maps(net, BATCH, layer)
    torch.testing.assert_close(sheet.values, expected, rtol=1e-4, atol=1e-5)
    assert sheet.indices == tuple(range(len(expected)))
    assert sheet.silent == pytest.approx(len(silent_channels(expected)) / len(expected))
    assert sheet.zeros == pytest.approx(zero_share(sheet.values))
    assert sheet.strongest == by_spread(expected)[0]
    assert sheet.largest == pytest.approx(float(expected.abs().max()), rel=1e-4)


@pytest.mark.parametrize("layer", ["mean", "fc"])
def test_a_layer_without_rows_and_columns_is_a_vector(
    plain: tuple[nn.Module, tapetum.Network], layer: str
) -> None:
    model, net = plain
    sheet = tapetum.feature_maps(net, BATCH, layer, strongest=2)
    expected = steps_of_plain(model, BATCH)[layer][0]
    assert sheet.vector
    torch.testing.assert_close(sheet.values[:, 0, 0], expected, rtol=1e-4, atol=1e-5)
    assert sheet.strongest == int(expected.abs().argmax())


def test_the_strongest_and_the_chosen(plain: tuple[nn.Module, tapetum.Network]) -> None:
    model, net = plain
    expected = steps_of_plain(model, BATCH)["relu.2"][0]
    order = by_spread(expected)
    sheet = tapetum.feature_maps(net, BATCH, "relu.2", strongest=3)
    assert list(sheet.indices) == order[:3]
    assert sheet.channels == 16
    torch.testing.assert_close(sheet.values, expected[order[:3]], rtol=1e-4, atol=1e-5)
    chosen = tapetum.feature_maps(net, BATCH, "relu.2", channels=[5, 1])
    assert chosen.indices == (5, 1)
    assert torch.equal(chosen[1].values[0], chosen.values[1])
    assert len(tapetum.feature_maps(net, BATCH, "conv1", strongest=99)) == 8


def test_all_layers_at_once_are_the_same_as_one_by_one(plain: tuple[nn.Module, tapetum.Network]) -> None:
    model, net = plain
    found = tapetum.feature_maps(net, BATCH, "all")
    assert [sheet.layer for sheet in found] == list(steps_of_plain(model, BATCH))
    for sheet in found:
        alone = tapetum.feature_maps(net, BATCH, sheet.layer)
        assert torch.equal(sheet.values, alone.values[list(sheet.indices)])
    several = tapetum.feature_maps(net, BATCH, ["fc", "conv1"])
    assert [sheet.layer for sheet in several] == ["conv1", "fc"]


def test_the_eight_outputs_of_a_first_course_network() -> None:
    net = _loaded(seeded(Flat()), (1, 28, 28))
    shapes = [sheet.size() for sheet in tapetum.feature_maps(net, noise((1, 1, 28, 28)), "all")]
    assert shapes == [
        "6 × 28 × 28",
        "6 × 28 × 28",
        "6 × 14 × 14",
        "12 × 10 × 10",
        "12 × 10 × 10",
        "12 × 5 × 5",
        "32",
        "32",
        "10",
    ]


def test_tokens_are_put_back_where_they_lie() -> None:
    net = tapetum.load("timm:vit_tiny_patch16_224", pretrained=False, size=64, engine="torch")
    batch = noise((1, 3, 64, 64))
    sheet = tapetum.feature_maps(net, batch, "blocks.3")
    tokens = net.activations(batch, ["blocks.3"])["blocks.3"]
    assert tokens.shape == (1, 17, 192)
    assert torch.equal(sheet.values[7, 2, 3], tokens[0, 1 + 2 * 4 + 3, 7])
    journey = tapetum.journey(net, tapetum.sample("cat"))
    assert [step.layer for step in journey.steps][:3] == ["patch_embed.proj", "blocks.0", "blocks.1"]


def test_the_model_is_as_it_was() -> None:
    model = seeded(Residual())
    net = _loaded(model)
    with untouched(model, BATCH):
        tapetum.feature_maps(net, BATCH, "all")
        tapetum.kernels(net)
        tapetum.silence(net, BATCH)
        with pytest.raises(LayerError):
            tapetum.feature_maps(net, BATCH, "nothing")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"layer": "conv9"}, "conv2"),
        ({"layer": "conv1", "channels": [8]}, "no channel 8. Its channels are 0 to 7"),
        ({"layer": "conv1", "channels": [-1]}, "no channel -1"),
        ({"layer": "conv1", "channels": []}, "No channel"),
        ({"layer": "conv1", "strongest": 0}, "at least one"),
        ({"layer": []}, "empty"),
    ],
)
def test_layers_and_channels_that_are_not_there(
    plain: tuple[nn.Module, tapetum.Network], options: dict, words: str
) -> None:
    with pytest.raises(LayerError, match=words):
        tapetum.feature_maps(plain[1], BATCH, **options)


def test_a_channel_that_a_sheet_does_not_hold(plain: tuple[nn.Module, tapetum.Network]) -> None:
    sheet = tapetum.feature_maps(plain[1], BATCH, "conv1", channels=[2, 5])
    with pytest.raises(LayerError, match=r"no channel 3\. It has 2, 5"):
        sheet[3]


def test_pictures_that_cannot_be(plain: tuple[nn.Module, tapetum.Network], tmp_path) -> None:
    (tmp_path / "page.png").write_text("<html>")
    with pytest.raises(PictureError):
        tapetum.feature_maps(plain[1], tmp_path / "page.png", "conv1")
    with pytest.raises(PictureError, match="2 pictures"):
        tapetum.feature_maps(plain[1], noise((2, 3, 12, 9)), "conv1")


def test_values_that_are_no_numbers_are_told() -> None:
    model = seeded(Plain())
    net = _loaded(model)
    with torch.no_grad():
        model.conv2.weight.fill_(float("inf"))
    with pytest.raises(NonFiniteError, match="conv2"):
        tapetum.feature_maps(net, BATCH, "conv2")
    assert len(tapetum.feature_maps(net, BATCH, "conv1")) == 8


def test_sheets_are_written(plain: tuple[nn.Module, tapetum.Network], tmp_path) -> None:
    sheet = tapetum.feature_maps(plain[1], BATCH, "conv2", strongest=4)
    held = np.load(sheet.save(tmp_path / "sheet.npz"))
    assert np.array_equal(held["values"], sheet.values.numpy())
    assert held["channels"].tolist() == list(sheet.indices)
    picture = tapetum.open_picture(sheet.save(tmp_path / "sheet.png"))
    assert np.array_equal(picture.pixels, sheet.pixels())
    with pytest.raises(OutputError, match="gif"):
        sheet.save(tmp_path / "sheet.gif")


def test_a_network_without_positions() -> None:
    net = _loaded(seeded(NoPlaces()), (3, 8, 8))
    found = tapetum.journey(net, tapetum.sample("cat"))
    assert [step.size() for step in found.steps] == ["16", "16", "3"]
    assert found.kernels is None
    with pytest.raises(LayerError, match="no convolution"):
        tapetum.kernels(net)
