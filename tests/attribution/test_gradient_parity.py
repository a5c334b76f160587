"""Gradient and path methods against captum, on real architectures with seeded weights.

In float64, for in float32 a ReLU within rounding of zero flips its mask and the gradient jumps (see
`test_parity`). Every pixel agrees to 1e-4 of the map's largest value; measured: at most 1e-7, the rounding of
the float32 in which a heatmap is kept.

captum's guided backprop and deconvolution hook modules of the class ReLU only. So DenseNet's last, functional
ReLU is made a module for captum here, and lite0, whose ReLU6 captum leaves as they are, takes no part in
these two.
"""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_networks import Residual, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import (
    conductance,
    deconvnet,
    expected_gradients,
    gradient_times_input,
    guided_backprop,
    integrated_gradients,
)
from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation

tv, timm = import_torchvision().models, import_timm()
captum = pytest.importorskip("captum.attr")


class Dense(nn.Module):
    """DenseNet-121 with all of its rectifiers as modules."""

    def __init__(self) -> None:
        super().__init__()
        self.body = tv.densenet121()
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.body.classifier(self.relu(self.body.features(x)).mean((2, 3)))


NETWORKS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "resnet18": (tv.resnet18, "layer3"),
    "vgg16": (tv.vgg16, "features.16"),
    "densenet121": (Dense, "body.features.denseblock3"),
    "lite0": (lambda: timm.create_model("tf_efficientnet_lite0"), "blocks.4"),
}
SIZE = 64
TARGETS = [3, 7]
DOUBLE = torch.float64


@pytest.fixture(scope="module", params=NETWORKS)
def setting(request: pytest.FixtureRequest) -> tuple[str, nn.Module, Network, Tensor, Tensor]:
    torch.manual_seed(0)
    model = NETWORKS[request.param][0]().eval().double()
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    batch = noise((2, 3, SIZE, SIZE), dtype=DOUBLE)
    base = noise((2, 3, SIZE, SIZE), seed=9, dtype=DOUBLE)
    network = Network(model, Preparation(SIZE, SIZE), engine="torch")
    return request.param, model, network, batch, base


def agree(found: Any, theirs: Tensor, times: float = 1.0) -> bool:
    expected = theirs.detach().double().sum(1) * times
    apart = (found.values.double() - expected).abs().amax((1, 2))
    return bool((apart <= 1e-4 * expected.abs().amax((1, 2))).all())


def test_gradient_times_input(setting: Any) -> None:
    _, peer, network, batch, _ = setting
    theirs = captum.InputXGradient(peer).attribute(batch.clone().requires_grad_(), target=TARGETS)
    assert agree(gradient_times_input(network, batch, TARGETS), theirs)


def test_integrated_gradients(setting: Any) -> None:
    _, peer, network, batch, base = setting
    theirs = captum.IntegratedGradients(peer).attribute(batch, base, target=TARGETS, n_steps=4)
    found = integrated_gradients(network, batch, TARGETS, baseline=base, steps=4)
    assert agree(found, theirs)


@pytest.mark.parametrize(
    ("rule", "peers", "times"),
    [
        ("left", "riemann_left", 1.0),
        ("right", "riemann_right", 1.0),
        ("midpoint", "riemann_middle", 1.0),
        ("trapezoid", "riemann_trapezoid", 5 / 4),
    ],
)
def test_rules_of_integration(rule: Any, peers: str, times: float) -> None:
    """captum's trapezoids of 5 nodes have weights that sum to 4/5."""
    model = seeded(Residual()).double()
    batch, base = noise((2, 3, 12, 12), dtype=DOUBLE), noise((2, 3, 12, 12), seed=9, dtype=DOUBLE)
    theirs = captum.IntegratedGradients(model).attribute(batch, base, target=[1, 2], n_steps=5, method=peers)
    network = Network(model, Preparation(12, 12))
    found = integrated_gradients(network, batch, [1, 2], baseline=base, steps=5, rule=rule)
    assert agree(found, theirs, times)


def test_guided_backprop_and_deconvnet(setting: Any) -> None:
    name, peer, network, batch, _ = setting
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # captum announces its hooks
        pairs = (
            (guided_backprop, captum.GuidedBackprop(peer)),
            (deconvnet, captum.Deconvolution(peer)),
        )
        for method, theirs in pairs:
            expected = theirs.attribute(batch.clone().requires_grad_(), target=TARGETS)
            assert agree(method(network, batch, TARGETS, reduction="sum"), expected) == (name != "lite0")


def test_conductance(setting: Any) -> None:
    """captum takes each step's gradient at its beginning."""
    name, peer, network, batch, base = setting
    layer = NETWORKS[name][1]
    theirs = captum.LayerConductance(peer, peer.get_submodule(layer)).attribute(
        batch, base, target=TARGETS, n_steps=4, method="riemann_trapezoid"
    )
    found = conductance(network, batch, TARGETS, layer=layer, baseline=base, steps=4, rule="left")
    assert agree(found, theirs)


def test_expected_gradients() -> None:
    """captum draws its own places and baselines, so both are near to the same mean only."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Softplus(), nn.Flatten(), nn.Linear(144, 3)).double()
    batch, bases = noise((1, 3, 8, 8), dtype=DOUBLE), noise((3, 3, 8, 8), seed=2, dtype=DOUBLE)
    theirs = captum.GradientShap(model).attribute(batch, bases, target=1, n_samples=6000).detach().sum(1)
    network = Network(model, Preparation(8, 8))
    found = expected_gradients(network, batch, 1, baseline=bases, samples=600)
    assert float((found.values - theirs).abs().max()) <= 0.05 * float(theirs.abs().max())
