"""Silence: shares of silent channels and zeros, against counting by hand."""

import json

import pytest
import torch
from oracles.inside import silent_channels, steps_of_plain, zero_share
from small_networks import Plain, noise, seeded

import tapetum
from tapetum.errors import LayerError, OutputError, PictureError

BATCH = noise((3, 3, 12, 9))


@pytest.fixture(scope="module")
def model() -> Plain:
    """A network with channels that are silent, one of them on every picture."""
    made = seeded(Plain())
    with torch.no_grad():
        made.bn1.weight[3] = made.bn1.bias[3] = 0
        made.bn2.bias -= 0.8
    return made


def test_shares_are_counted(model: Plain) -> None:
    net = tapetum.load(model, input_shape=(3, 12, 9), mean=0.5, std=0.5, engine="torch")
    found = tapetum.silence(net, BATCH, layer=["relu", "relu.2", "fc"])
    assert [layer.layer for layer in found.layers] == ["relu", "relu.2", "fc"]
    assert found.pictures == 3
    for layer in found.layers[:2]:
        values = steps_of_plain(model, BATCH)[layer.layer]
        quiet = [set(silent_channels(maps)) for maps in values]
        assert layer.silent == pytest.approx(sum(map(len, quiet)) / 3 / layer.channels)
        assert layer.always == pytest.approx(len(set.intersection(*quiet)) / layer.channels)
        assert layer.zeros == pytest.approx(sum(map(zero_share, values)) / 3, abs=1e-6)
    assert found.layers[0].always >= 1 / 8
    assert found.layers[1].silent > found.layers[0].silent


def test_deeper_layers_of_a_real_network_are_sparser() -> None:
    net = tapetum.load("lite0", engine="torch")
    found = tapetum.silence(net, ["sample:cat", "sample:coffee"], layer=["bn1.act", "bn2.act"])
    first, last = found.layers
    assert first.silent < 0.2 < 0.5 < last.silent
    assert first.zeros < 0.4 < 0.9 < last.zeros
    assert last.always < last.silent


def test_tables_are_written(model: Plain, tmp_path) -> None:
    net = tapetum.load(model, input_shape=(3, 12, 9), mean=0.5, std=0.5, engine="torch")
    found = tapetum.silence(net, BATCH)
    lines = found.save(tmp_path / "silence.csv").read_text().splitlines()
    assert lines[0] == "layer,title,channels,rows,columns,silent,always,zeros"
    assert len(lines) == 1 + len(found.layers)
    assert json.loads(found.save(tmp_path / "silence.json").read_text())["pictures"] == 3
    assert "<td>conv1</td>" in found._repr_html_()
    with pytest.raises(OutputError, match="txt"):
        found.save(tmp_path / "silence.txt")


def test_bad_input(model: Plain) -> None:
    net = tapetum.load(model, input_shape=(3, 12, 9), mean=0.5, std=0.5, engine="torch")
    with pytest.raises(PictureError, match="no pictures"):
        tapetum.silence(net, [])
    with pytest.raises(LayerError, match="conv1"):
        tapetum.silence(net, BATCH, layer="conv9")
