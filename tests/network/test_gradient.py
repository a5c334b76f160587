"""Gradients against finite differences, and against autograd through the caller's own kind of model."""

import copy
from typing import Any

import pytest
import torch
from small_networks import Plain, Residual, noise, seeded
from torch import Tensor, nn

from tapetum.errors import LayerError, TargetError
from tapetum.network import Network, Preparation

DOUBLE = torch.float64


class Smooth(nn.Module):
    """Activations with a derivative everywhere, so that finite differences converge."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = nn.Conv2d(6, 6, 3, stride=2), nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.nn.functional.silu(self.bn1(self.conv1(x)), inplace=True)
        x = x + torch.tanh(x)
        x = torch.nn.functional.gelu(self.bn2(self.conv2(x)))
        return self.fc(x.mean((2, 3)))


@pytest.mark.parametrize("target", [2, "class 0 - class 3", lambda z: (z**2).sum(1)])
def test_finite_differences(target: Any) -> None:
    model = seeded(Smooth()).double()
    network = Network(model, Preparation(7, 6))
    batch = noise((2, 3, 7, 6), dtype=DOUBLE)
    gradient = network.gradient(network.inputs(batch), target)
    step = 1e-5

    def score(x: Tensor) -> Tensor:
        z = network(x)
        return target(z) if callable(target) else z[:, 2] if target == 2 else z[:, 0] - z[:, 3]

    for place in range(batch[0].numel()):
        change = torch.zeros_like(batch[0]).flatten()
        change[place] = step
        change = change.view_as(batch[0])
        slope = (score(batch + change) - score(batch - change)) / (2 * step)
        found = gradient.values.flatten(1)[:, place]
        assert torch.allclose(found, slope, rtol=1e-6, atol=1e-8), place
    assert torch.allclose(gradient.aim.score, score(batch))


@pytest.mark.parametrize("make", [Smooth, Plain, Residual])
def test_at_every_layer_as_through_hooks(make: type[nn.Module]) -> None:
    model = seeded(make()).double()
    network = Network(model, Preparation(12, 12))
    batch = noise((3, 3, 12, 12), dtype=DOUBLE)
    names = [name for name, _ in model.named_modules() if name]
    for name in names:
        value, gradient = _through_a_hook(model, name, batch)
        found = network.gradient(network.inputs(batch), [0, 1, 2], network.layer(name))
        assert torch.allclose(found.at, value, atol=1e-12), name
        assert torch.allclose(found.values, gradient, atol=1e-12), name
        assert found.values.shape == found.at.shape
        assert not found.values.requires_grad


def _through_a_hook(model: nn.Module, name: str, batch: Tensor) -> tuple[Tensor, Tensor]:
    """Value and gradient of the scores of classes 0, 1, 2 at a module's output, in a copy of the model."""
    twin = copy.deepcopy(model)
    for module in twin.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    kept: list[Tensor] = []

    def keep(module: nn.Module, given: Any, value: Tensor) -> Tensor:
        value.retain_grad()
        kept.append(value)
        return value.clone()  # what the functional activations overwrite

    twin.get_submodule(name).register_forward_hook(keep)
    twin(batch).diagonal().sum().backward()
    assert kept[0].grad is not None
    return kept[0].detach(), kept[0].grad


def test_weights_get_no_gradient_and_need_none() -> None:
    frozen, free = seeded(Plain()).requires_grad_(False), seeded(Plain())
    batch = noise((2, 3, 16, 16))
    results = []
    for model in (frozen, free):
        network = Network(model, Preparation(16, 16))
        layers = (None, network.layer("conv1"), network.layer())
        results += [network.gradient(network.inputs(batch), 1, layer).values for layer in layers]
        assert all(p.grad is None for p in model.parameters())
    assert all(map(torch.equal, results[:3], results[3:]))


def test_targets_that_the_verdict_does_not_depend_on() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16))
    inputs = network.inputs(noise((2, 3, 16, 16)))
    for constant in (lambda z: z.detach()[:, 0], lambda z: torch.ones(len(z))):
        with pytest.raises(TargetError, match="does not depend on the logits"):
            network.gradient(inputs, constant)


def test_a_layer_that_ends_in_the_logits() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16))
    inputs = network.inputs(noise((2, 3, 16, 16)))
    found = network.gradient(inputs, 1, network.layer("fc"))
    assert torch.equal(found.values, torch.eye(5)[[1, 1]])


def test_a_network_that_ignores_the_picture() -> None:
    class Constant(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bias = nn.Parameter(torch.ones(3))

        def forward(self, x: Tensor) -> Tensor:
            return self.bias.expand(x.shape[0], 3) + 0.0

    network = Network(Constant(), Preparation(8, 8))
    with pytest.raises(LayerError, match="does not depend on the picture"):
        network.gradient(network.inputs(noise((2, 3, 8, 8))), 1)
