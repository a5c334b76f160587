"""Maps against their formulas, on networks small enough for the formula."""

import inspect

import pytest
import torch
from oracles.maps import cam, grad_cam, linear_saliency
from small_networks import Plain, Residual, noise, seeded
from torch import nn

from tapetum.attribution import gradcam, saliency
from tapetum.errors import LayerError, MethodError
from tapetum.network import Network, Preparation

DOUBLE = torch.float64


@pytest.fixture
def linear() -> tuple[nn.Module, Network]:
    model = seeded(nn.Sequential(nn.Flatten(), nn.Linear(3 * 6 * 5, 4))).double()
    return model, Network(model, Preparation(6, 5), ["a", "b", "c", "d"])


@pytest.mark.parametrize("reduction", ["max-abs", "norm", "sum"])
def test_saliency_of_a_linear_network(linear: tuple[nn.Module, Network], reduction: str) -> None:
    model, network = linear
    weight = model[1].weight.detach()
    batch = noise((3, 3, 6, 5), dtype=DOUBLE)
    targets = (2, "a - d", lambda z: -2 * z[:, 1])
    weights = (weight[2], weight[0] - weight[3], -2 * weight[1])
    for target, w in zip(targets, weights, strict=True):
        found = saliency(network, batch, target, reduction=reduction)
        expected = linear_saliency(w, (3, 6, 5), reduction).float().expand(3, 6, 5)
        assert torch.allclose(found.values, expected, rtol=1e-6, atol=1e-9)
        assert found.quantity == ("evidence" if reduction == "sum" else "sensitivity")
        assert found.options == {"reduction": reduction}


def test_an_unknown_reduction() -> None:
    """The function itself, for the type checker of the tests lets no other word come to it."""
    network = Network(seeded(Plain()), Preparation(8, 8))
    with pytest.raises(MethodError, match="no reduction 'mean'"):
        inspect.unwrap(saliency)(network, noise((1, 3, 8, 8)), reduction="mean")


def test_gradcam_is_cam_where_pooling_and_a_linear_layer_follow() -> None:
    """The mean gradient of channel k is w_k divided by the number of places: the maps differ by that."""
    model = seeded(Plain()).double()
    network = Network(model, Preparation(12, 10))
    batch = noise((3, 3, 12, 10), dtype=DOUBLE)
    with torch.no_grad():
        maps = model.features(batch)
    places = maps.shape[2] * maps.shape[3]
    found = gradcam(network, batch, [4, 0, 2])
    for picture, target in enumerate((4, 0, 2)):
        expected = cam(maps[picture], model.fc.weight[target].detach()) / places
        assert torch.allclose(found.values[picture].double(), expected, rtol=1e-5, atol=1e-8)
        share = float(network(batch)[picture, target] - model.fc.bias[target].detach())
        assert float(found.values[picture].double().sum()) == pytest.approx(share, rel=1e-5)


@pytest.mark.parametrize("layer", ["stem", "block1.1", "block2.1", "mul"])
def test_gradcam_at_any_layer_by_central_differences(layer: str) -> None:
    """Layers before an activation, for behind one many values are exactly at its kink.

    At layers with a bypass around them the bypassing value is held still, as the derivative has it.
    """
    model = seeded(Residual()).double()
    network = Network(model, Preparation(5, 6))
    batch = noise((2, 3, 5, 6), dtype=DOUBLE)
    found = gradcam(network, batch, 1, layer=layer)
    given, head = network._runtime.head(network.layer(layer).node)
    values, _ = network._runtime.values(batch, given)
    for picture in range(2):
        others = [values[name][picture : picture + 1] for name in given[1:]]
        expected = grad_cam(
            values[given[0]][picture], lambda a, others=others: head(a[None], *others)[0][0, 1].detach()
        )
        assert torch.allclose(found.values[picture].double(), expected, rtol=1e-4, atol=1e-7)


def test_gradcam_needs_rows_and_columns() -> None:
    network = Network(seeded(Plain()), Preparation(12, 12))
    with pytest.raises(LayerError, match=r"fc.*without rows and columns.*Choose one of"):
        gradcam(network, noise((1, 3, 12, 12)), layer="fc")
