"""What channels give to a verdict: against autograd on the module itself, and exact behind a pooled head."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from small_networks import OneLogit, Plain

import tapetum
from tapetum.errors import LayerError, NonFiniteError, PictureError, TargetError
from tapetum.features import contributions

FACTS: dict[str, Any] = {"mean": 0.5, "std": 0.5, "input_shape": (3, 16, 16)}


@pytest.fixture
def module() -> Plain:
    torch.manual_seed(3)
    return Plain().eval()


@pytest.fixture
def batch() -> torch.Tensor:
    return torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_they_are_gradient_times_value_summed_over_places(module: Plain, batch: torch.Tensor) -> None:
    network = tapetum.load(module, **FACTS)
    early = F.relu(module.bn1(module.conv1(batch))).detach().requires_grad_()
    maps = F.relu(module.bn2(module.conv2(early)))
    score = module.fc(maps.mean((2, 3)))[0, 2] - module.fc(maps.mean((2, 3)))[0, 4]
    (slope,) = torch.autograd.grad(score, early)
    (name,) = (layer.name for layer in network.layers if layer.kind == "relu" and layer.shape[0] == 8)
    found = contributions(network, batch, name, "2 - 4")
    assert found.values == pytest.approx((slope * early)[0].sum((1, 2)).detach().numpy(), rel=1e-4, abs=1e-6)
    assert found.score == pytest.approx(float(score.detach()), rel=1e-4)
    assert found.target.indices == (2, 4)
    assert found.to_dict()["contributions"] == found.values.tolist()


def test_behind_a_pooled_head_they_and_the_bias_are_the_score(module: Plain, batch: torch.Tensor) -> None:
    network = tapetum.load(module, **FACTS)
    assert network.pooled_layer is not None
    found = contributions(network, batch, network.pooled_layer.name, 1)
    assert found.values.sum() + module.fc.bias[1].item() == pytest.approx(found.score, rel=1e-5)


def test_the_logits_give_themselves(module: Plain, batch: torch.Tensor) -> None:
    found = contributions(tapetum.load(module, **FACTS), batch, "fc", 3)
    assert found.values.tolist() == pytest.approx([0, 0, 0, found.score, 0])


def test_weights_of_a_single_logit_are_told_for_both_classes() -> None:
    module = OneLogit().eval()
    network = tapetum.load(module, **FACTS)
    weight = module.body.fc.weight.detach()
    weights = network.class_weights
    assert weights is not None
    assert torch.equal(weights, torch.cat([-weight, weight]))


@pytest.mark.parametrize(
    ("layer", "target", "kind"),
    [("nothing", None, LayerError), ("conv1", "wolf", TargetError), ("conv1", 5, TargetError)],
)
def test_what_is_not_there(
    module: Plain, batch: torch.Tensor, layer: str, target: Any, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        contributions(tapetum.load(module, **FACTS), batch, layer, target)


def test_one_picture(module: Plain, batch: torch.Tensor) -> None:
    with pytest.raises(PictureError, match="2 pictures"):
        contributions(tapetum.load(module, **FACTS), torch.cat([batch, batch]), "conv1")


def test_what_is_not_finite_is_told(module: Plain, batch: torch.Tensor) -> None:
    with torch.no_grad():
        module.fc.weight[0, 0] = torch.inf
    with pytest.raises(NonFiniteError):
        contributions(tapetum.load(module, **FACTS), batch, "conv2", 0)
