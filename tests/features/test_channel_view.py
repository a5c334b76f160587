"""One channel: the kernels that make it, also behind batch-norm and activation, and who they read."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import tapetum
from tapetum.errors import LayerError
from tapetum.features import channel_values, channel_view, histogram

FACTS: dict[str, Any] = {"mean": 0.5, "std": 0.5, "input_shape": (3, 16, 16)}


class Grouped(nn.Module):
    """A convolution in two groups, with batch-norm and activation behind it, and a sum of two values."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.grouped = nn.Conv2d(4, 6, 3, padding=1, groups=2)
        self.norm = nn.BatchNorm2d(6)
        self.active = nn.ReLU()
        self.last = nn.Conv2d(6, 6, 1)
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.active(self.norm(self.grouped(self.first(x))))
        return self.head((x + self.last(x)).mean((2, 3)))


@pytest.fixture(scope="module")
def module() -> Grouped:
    torch.manual_seed(0)
    return Grouped().eval()


@pytest.fixture(scope="module")
def network(module: Grouped) -> tapetum.Network:
    return tapetum.load(module, **FACTS)


@pytest.mark.parametrize("layer", ["grouped", "norm", "active"])
@pytest.mark.parametrize(("channel", "inputs"), [(0, (0, 1)), (2, (0, 1)), (3, (2, 3)), (5, (2, 3))])
def test_the_filter_behind_norm_and_activation(
    network: tapetum.Network, module: Grouped, layer: str, channel: int, inputs: tuple[int, ...]
) -> None:
    found = channel_view(network, "sample:cat", layer, channel)
    assert found.filter is not None
    assert (found.filter.layer, found.filter.inputs, found.filter.groups) == ("grouped", inputs, 2)
    assert found.filter.kernels == pytest.approx(module.grouped.weight[channel].detach().numpy())
    assert not found.filter.colour


def test_a_sum_has_no_filter(network: tapetum.Network) -> None:
    (add,) = (layer.name for layer in network.layers if layer.kind == "add")
    found = channel_view(network, "sample:cat", add, 1)
    assert found.filter is None
    assert found.weights is not None
    assert found.to_dict()["filter"] is None


def test_weights_are_those_of_the_head(network: tapetum.Network, module: Grouped) -> None:
    assert network.pooled_layer is not None
    found = channel_view(network, "sample:cat", network.pooled_layer.name, 4)
    assert found.weights == pytest.approx(module.head.weight[:, 4].detach().numpy())
    told = found.to_dict()["weights"]
    weights = [one["weight"] for one in told["strongest"]]
    assert weights == sorted(weights, reverse=True)
    assert [one["index"] for one in told["weakest"]] == [one["index"] for one in told["strongest"]][::-1]
    assert [one["index"] for one in told["predicted"]] == [s.index for s in network.predict("sample:cat")]


def test_the_peak_is_where_the_map_is_largest(network: tapetum.Network) -> None:
    found = channel_view(network, "sample:cat", "active", 1)
    row, column = found.peak
    assert found.values[row, column] == found.values.max()
    assert found.values == pytest.approx(
        tapetum.feature_maps(network, "sample:cat", "active").values[1].numpy()
    )


def test_a_histogram_counts_every_value_once(network: tapetum.Network) -> None:
    values = channel_values(network, ["sample:cat", "sample:rocket"], "active")
    assert values.shape == (2, 6, 16, 16)
    found = histogram(values, "active", 2)
    assert found.counts.sum() == 2 * 16 * 16
    assert (found.edges[0], found.edges[-1]) == pytest.approx((values[:, 2].min(), values[:, 2].max()))
    middle = np.count_nonzero(values[:, 2] < found.edges[16])
    assert found.counts[:16].sum() == middle


@pytest.mark.parametrize("channel", [-1, 6])
def test_a_channel_that_is_not_there(network: tapetum.Network, channel: int) -> None:
    with pytest.raises(LayerError, match="0 to 5"):
        channel_view(network, "sample:cat", "active", channel)
    with pytest.raises(LayerError, match="0 to 5"):
        histogram(np.zeros((1, 6, 2, 2), np.float32), "active", channel)
