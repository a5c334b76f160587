"""What is done for speed changes no value: another way back, fused and packed convolutions, pieces."""

import copy

import pytest
import torch
from small_networks import noise, seeded
from torch import Tensor, nn

from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation

tv, timm = import_torchvision().models, import_timm()


class Mixed(nn.Module):
    """Every activation that a convolution takes in, sums with and without one, values read twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2, 1)
        self.parts = nn.ModuleList(nn.Conv2d(16, 16, 3, 1, 1, groups=g) for g in (1, 2, 16, 1, 1, 4))
        self.head = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        a, b, c, d, e, f = self.parts
        x = nn.functional.relu(self.stem(x))
        x = nn.functional.relu(a(x) + x)
        x = x + b(x)
        x = nn.functional.hardtanh(c(x), 0, 6) + nn.functional.silu(d(x))
        y = e(x)
        x = torch.sigmoid(f(y)) * y + nn.functional.relu(y)
        return self.head(x.mean((2, 3)))


GEOMETRIES = [
    (7, 2, 3, (32, 30)),
    (3, 2, 1, (33, 31)),
    (3, 2, 0, (32, 32)),
    (4, 4, 0, (32, 35)),
    (5, 3, (2, 1), (31, 40)),
    (11, 4, 2, (64, 64)),
    ((3, 5), (2, 3), 1, (29, 31)),
    (3, 1, 1, (16, 16)),
]


@pytest.mark.parametrize(("kernel", "stride", "padding", "size"), GEOMETRIES)
def test_the_gradient_through_a_first_convolution(
    kernel: int, stride: int, padding: int, size: tuple[int, int]
) -> None:
    model = seeded(
        nn.Sequential(
            nn.Conv2d(3, 8, kernel, stride, padding),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, 1, 1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, 4),
        ).double()
    )
    batch = noise((2, 3, *size), dtype=torch.float64)
    network = Network(model, Preparation(*size))
    found = network.gradient(network.inputs(batch), 1).values
    assert torch.allclose(found, _gradient(model, batch), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("count", [1, 3])
def test_packed_convolutions(count: int) -> None:
    model = seeded(Mixed())
    network, batch = Network(model, Preparation(24, 24), engine="torch"), noise((count, 3, 24, 24))
    layers = [layer for layer in network.layers if layer.spatial and not layer.container]
    shared = [layer for layer in layers if network._runtime.form([layer.node]) == "folded"]
    logits, _, _ = network.evaluate(batch)
    assert torch.allclose(logits, network(batch), atol=1e-5)
    _, values, _ = network.evaluate(batch, shared)
    exact = network.activations(batch, [layer.name for layer in shared])
    for layer, value in zip(shared, values, strict=True):
        assert torch.allclose(value, exact[layer.name], atol=1e-5), layer.name


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "densenet121"])
def test_packed_real_networks(name: str) -> None:
    torch.manual_seed(0)
    network = Network(getattr(tv, name)().eval(), Preparation(64, 64), engine="torch")
    for count in (1, 2):
        batch = noise((count, 3, 64, 64))
        logits, expected = network.evaluate(batch)[0], network(batch)
        assert float((logits - expected).abs().max()) <= 1e-4 * float(expected.abs().max())


class Everywhere(nn.Module):
    """Convolutions of every kind on the way back: strides, dilation, groups, single taps, odd padding."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2)
        self.parts = nn.ModuleList(
            (
                nn.Conv2d(16, 16, 1, 2),
                nn.Conv2d(16, 16, 1, (1, 2), bias=False),
                nn.Conv2d(16, 32, 3, 1, 2, dilation=2, groups=4),
                nn.Conv2d(32, 32, (5, 3), 1, (2, 1), groups=32),
                nn.Conv2d(32, 32, 3, 2, 1, groups=32),
                nn.Conv2d(32, 8, 1, 1, 1),
                nn.Conv2d(8, 8, 2, 1, 0),
            )
        )
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.relu(self.stem(nn.functional.pad(x, (0, 1, 0, 1))))
        for place, part in enumerate(self.parts):
            x = part(x)
            x = nn.functional.relu(x) if place % 3 == 0 else nn.functional.hardtanh(x, -0.1, 6)
            x = x + 0.1 * torch.sigmoid(x) if place == 3 else x
        return self.head(x.mean((2, 3)))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("model", [Mixed(), Everywhere()], ids=["mixed", "everywhere"])
def test_the_way_back_through_packed_convolutions(model: nn.Module, count: int) -> None:
    """Against autograd in float64: to every layer and to the picture, with nothing written over too early."""
    model = seeded(model)
    network, batch = Network(model, Preparation(36, 34), engine="torch"), noise((count, 3, 36, 34))
    assert network._runtime._packs()
    found = network.gradient(network.inputs(batch), 1).values
    exact = _gradient(copy.deepcopy(model).double(), batch.double())
    assert float((found - exact).abs().max()) <= 1e-5 * float(exact.abs().max())
    again = network.gradient(network.inputs(batch), 1).values
    assert torch.equal(found, again)
    faithful = Network(copy.deepcopy(model).double(), Preparation(36, 34))
    layers = [layer for layer in network.layers if layer.spatial and not layer.container]
    nodes = [layer.node for layer in layers]
    ours = network.gradients(network.inputs(batch), 1, nodes)
    theirs = faithful.gradients(faithful.inputs(batch.double()), 1, nodes)
    for one, other in zip(ours, theirs, strict=True):
        assert float((one.values - other.values).abs().max()) <= 1e-5 * float(other.values.abs().max())


def test_gradients_in_pieces_are_those_of_the_whole() -> None:
    model = seeded(Mixed())
    network, batch = Network(model, Preparation(24, 24)), noise((7, 3, 24, 24))
    targets = [0, 1, None, "class 3", 4, "class 1 - class 2", 2]
    whole = network.gradient(network.inputs(batch), targets)
    network._runtime._backward_at_once = 3
    pieces = network.gradient(network.inputs(batch), targets)
    assert torch.allclose(whole.values, pieces.values, atol=1e-6)
    assert torch.allclose(whole.aim.score, pieces.aim.score, atol=1e-5)
    assert whole.aim.targets.items == pieces.aim.targets.items


def test_a_rectifier_read_once_by_a_sum_keeps_its_gradient() -> None:
    """There the gradient is shared with the sum's other side, and must not be written over."""

    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(3, 4, 3, 2, 1)
            self.head = nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            total = nn.functional.relu(self.first(x)) + nn.functional.relu(self.second(x))
            return self.head(nn.functional.relu(total).mean((2, 3)))

    model, batch = seeded(Shared().double()), noise((2, 3, 12, 12), dtype=torch.float64)
    network = Network(model, Preparation(12, 12))
    found = network.gradient(network.inputs(batch), 0).values
    assert torch.allclose(found, _gradient(model, batch, 0), rtol=1e-9, atol=1e-15)


def _gradient(model: nn.Module, batch: Tensor, target: int = 1) -> Tensor:
    leaf = batch.clone().requires_grad_()
    (found,) = torch.autograd.grad(model(leaf)[:, target].sum(), leaf)
    return found
