"""The gradient family against its formulas, and what it says when it does not apply."""

import inspect
import math
from typing import Any

import pytest
import torch
from oracles import gradients as oracle
from small_networks import ConvolutionHead, NoPlaces, Plain, Residual, Reused, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import (
    deconvnet,
    fullgrad,
    gradient_times_input,
    guided_backprop,
    saliency,
    smoothgrad,
    vargrad,
)
from tapetum.attribution.sampling import normal
from tapetum.errors import LayerError, MemoryLimitError, MethodError
from tapetum.network import Network, Preparation
from tapetum.registry import METHODS

DOUBLE = torch.float64
SIGMA = 0.3


def build(model: nn.Module, rows: int = 8, columns: int = 7) -> Network:
    return Network(model, Preparation(rows, columns))


def close(found: Tensor, expected: Tensor, tolerance: float = 1e-6) -> bool:
    return float((found.double() - expected).abs().max()) <= tolerance * float(expected.abs().max())


@pytest.fixture(scope="module")
def residual() -> tuple[nn.Module, Network]:
    model = seeded(Residual()).double()
    return model, build(model)


@pytest.fixture(scope="module")
def batch() -> Tensor:
    return noise((3, 3, 8, 7), dtype=DOUBLE)


REDUCED = {
    "max-abs": lambda g: g.abs().amax(0),
    "norm": lambda g: (g**2).sum(0).sqrt(),
    "sum": lambda g: g.sum(0),
}


@pytest.mark.parametrize("reduction", REDUCED)
def test_smoothgrad_and_vargrad(residual: Any, batch: Tensor, reduction: str) -> None:
    """Signed gradients are averaged, and reduced after that; the variance is that over the samples."""
    model, network = residual
    options: Any = {"samples": 5, "sigma": SIGMA, "seed": 3, "reduction": reduction}
    mean = smoothgrad(network, batch, [0, 1, 2], **options)
    variance = vargrad(network, batch, [0, 1, 2], **options)
    assert mean.quantity == ("evidence" if reduction == "sum" else "sensitivity")
    assert (mean.seed, variance.seed) == (3, 3)
    drawn = list(normal(3, range(5), batch))
    for k in range(3):
        slopes = oracle.noisy_slopes(lambda x, k=k: model(x[None])[0, k], batch[k], SIGMA, drawn)
        assert close(mean.values[k], REDUCED[reduction](slopes.mean(0)))
        assert close(variance.values[k], REDUCED[reduction](slopes.var(0, correction=0)))


def test_smoothgrad_of_one_copy_without_noise_is_saliency(residual: Any, batch: Tensor) -> None:
    found = smoothgrad(residual[1], batch, 1, samples=1, sigma=0.0)
    assert torch.equal(found.values, saliency(residual[1], batch, 1).values)


def test_not_the_mean_of_absolute_gradients() -> None:
    """Where the gradient points to and fro its mean vanishes, and so does the map."""

    class Folded(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.stack([x.abs().sum((1, 2, 3)), x.sum((1, 2, 3))], 1)

    network = build(Folded())
    flat = torch.full((1, 3, 8, 7), 1e-6)
    flat[0, 0, 0, 0] = 1.0
    found = smoothgrad(network, flat, 0, samples=200, sigma=1.0).values[0, 4, 4]
    assert float(found) < 0.4
    assert float(vargrad(network, flat, 0, samples=200, sigma=1.0).values[0, 4, 4]) > 0.8


@pytest.mark.parametrize("method", [smoothgrad, vargrad])
def test_memory_changes_nothing_but_rounding(method: Any, residual: Any, batch: Tensor) -> None:
    small = method(residual[1], batch, 1, samples=6, memory="1MiB")
    assert close(small.values, method(residual[1], batch, 1, samples=6).values.double())
    with pytest.raises(MemoryLimitError, match="needs about"):
        method(residual[1], batch, 1, memory=1000)


def test_gradient_times_input_of_a_linear_network() -> None:
    model = seeded(nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 7, 4))).double()
    batch = noise((2, 3, 8, 7), dtype=DOUBLE)
    found = gradient_times_input(build(model), batch, 2)
    expected = (model[1].weight[2].detach().view(3, 8, 7) * batch).sum(1)
    assert close(found.values, expected)


@pytest.mark.parametrize("layer", ["stem", "block1.1", "add", "mul"])
def test_at_a_layer(residual: Any, batch: Tensor, layer: str) -> None:
    network = residual[1]
    gradient = network.gradient(network.inputs(batch), 1, network.layer(layer))
    assert close(saliency(network, batch, 1, layer=layer).values, gradient.values.abs().amax(1))
    found = gradient_times_input(network, batch, 1, layer=layer)
    assert found.layer == network.layer(layer).name
    assert close(found.values, (gradient.values * gradient.at).sum(1))
    smooth = smoothgrad(network, batch, 1, layer=layer, samples=1, sigma=0.0)
    assert close(smooth.values, gradient.values.abs().amax(1))
    assert vargrad(network, batch, 1, layer=layer, samples=2).values.shape == found.values.shape


@pytest.mark.parametrize("method", [saliency, gradient_times_input, smoothgrad, vargrad])
def test_a_layer_without_rows_and_columns(method: Any, residual: Any, batch: Tensor) -> None:
    with pytest.raises(LayerError, match=r"head.*without rows and columns.*Choose one of"):
        method(residual[1], batch, layer="head")


class Chain(nn.Module):
    """Linear layers with one kind of rectifier between them, functional, reused, or in place."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.layers = nn.ModuleList(nn.Linear(n, m, bias=False) for n, m in ((75, 40), (40, 30), (30, 4)))
        self.shared = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = layer(x)
            x = {
                "reused": self.shared,
                "functional": torch.relu,
                "relu6": nn.functional.relu6,
                "clamp": lambda v: v.clamp(min=0),
            }[self.kind](x)
        return self.layers[-1](x)


@pytest.mark.parametrize("kind", ["reused", "functional", "relu6", "clamp"])
def test_rectified_ways_back(kind: str) -> None:
    model = seeded(Chain(kind)).double()
    network = build(model, 5, 5)
    batch = 4 * noise((2, 3, 5, 5), dtype=DOUBLE)
    matrices = [layer.weight.detach() for layer in model.layers]
    ceiling = 6.0 if kind == "relu6" else math.inf
    if kind == "relu6":
        assert bool((matrices[0] @ batch[0].flatten() > 6).any())
    for method, name in ((guided_backprop, "guided"), (deconvnet, "deconvnet")):
        found = method(network, batch, 1, reduction="sum")
        for k in range(2):
            back = oracle.rectified_back(
                matrices, batch[k].flatten(), torch.eye(4)[1].double(), name, ceiling
            )
            assert close(found.values[k], back.view(3, 5, 5).sum(0))
        assert not torch.equal(found.values, saliency(network, batch, 1, reduction="sum").values)


def test_leaky_rectifiers() -> None:
    """Guided: its own derivative, then what is positive. Deconvnet: the signal goes through the leak too."""
    model = seeded(
        nn.Sequential(nn.Flatten(), nn.Linear(75, 9, False), nn.LeakyReLU(0.2), nn.Linear(9, 4))
    ).double()
    network, batch = build(model, 5, 5), noise((1, 3, 5, 5), dtype=DOUBLE)
    first, last = model[1].weight.detach(), model[3].weight.detach()[1]
    z = first @ batch[0].flatten()
    guided = (last * torch.where(z > 0, 1.0, 0.2)).clamp_min(0) @ first
    deconvolved = torch.where(last > 0, last, 0.2 * last) @ first
    for method, expected in ((guided_backprop, guided), (deconvnet, deconvolved)):
        found = method(network, batch, 1, reduction="sum").values[0]
        assert close(found, expected.view(3, 5, 5).sum(0))


@pytest.mark.parametrize("activation", [nn.SiLU(), nn.GELU(), nn.Hardtanh(-1, 1), nn.Tanh()])
@pytest.mark.parametrize("method", [guided_backprop, deconvnet])
def test_networks_without_a_rectifier(method: Any, activation: nn.Module) -> None:
    model = seeded(nn.Sequential(nn.Conv2d(3, 4, 3), activation, nn.Flatten(), nn.Linear(120, 3)))
    with pytest.raises(MethodError, match=r"has none. Use a method that needs none: saliency"):
        method(build(model), noise((1, 3, 8, 7)))


class Mixed(nn.Module):
    """Every kind of term: stranded batch-norm, smooth activations, a gate, a product, an added constant."""

    def __init__(self) -> None:
        super().__init__()
        self.bn0, self.conv, self.bn = nn.BatchNorm2d(3), nn.Conv2d(3, 6, 3, stride=2), nn.BatchNorm2d(6)
        self.gate, self.norm, self.head = nn.Linear(6, 6), nn.LayerNorm(6), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.silu(self.bn(self.conv(self.bn0(x))))
        x = x * torch.sigmoid(self.gate(x.mean((2, 3))))[:, :, None, None]
        x = nn.functional.relu6(3 * x + 0.5) + nn.functional.gelu(x) * x
        return self.head(self.norm(x.permute(0, 2, 3, 1)).mean((1, 2)))


@pytest.mark.parametrize("make", [Plain, Residual, Reused, ConvolutionHead, NoPlaces, Mixed])
def test_fullgrad_is_complete(make: type[nn.Module]) -> None:
    model = seeded(make()).double()
    size = (8, 8) if make is NoPlaces else (9, 12)
    batch = noise((3, 3, *size), dtype=DOUBLE)
    found = fullgrad(build(model, *size), batch, [0, 1, "class 0 - class 2"])
    assert found.residual is not None
    assert float(found.residual.abs().max()) <= 1e-6 * float(found.score.abs().max())


def test_fullgrad_term_by_term() -> None:
    """One convolution of stride 2: its bias-gradients lie where its places are, each shared among 2×2 pixels
    away from the borders; the head's bias lies everywhere."""
    model = nn.Sequential(nn.Conv2d(1, 2, 2, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(32, 2))
    model = seeded(model).double()
    network = Network(model, Preparation(8, 8, 1))
    batch = noise((1, 1, 8, 8), dtype=DOUBLE)
    bias = model[0].bias.detach()
    z = model[0](batch).detach().requires_grad_()
    score = model[3](z.relu().flatten(1))[0, 1]
    (back,) = torch.autograd.grad(score, z)
    maps = (bias[:, None, None] * back[0]).sum(0)
    grown = nn.functional.interpolate(maps[None, None], (8, 8), mode="bilinear")[0, 0] / 4
    flat = model[3].bias.detach()[1] / 64
    pixels = (oracle.slope(lambda x: model(x[None])[0, 1], batch[0]) * batch[0]).sum(0)
    assert close(fullgrad(network, batch, 1).values[0], pixels + grown + flat)
    rescaled = fullgrad(network, batch, 1, terms="rescaled")
    assert rescaled.residual is None
    assert rescaled.quantity == "sensitivity"
    sizes = (bias[:, None, None] * back[0]).abs()
    sizes = ((sizes - sizes.min()) / (sizes.max() - sizes.min())).sum(0)
    grown = nn.functional.interpolate(sizes[None, None], (8, 8), mode="bilinear")[0, 0]
    pixels = (oracle.slope(lambda x: model(x[None])[0, 1], batch[0]) * batch[0]).abs()[0]
    pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min())
    assert close(rescaled.values[0], pixels + grown)


@pytest.mark.parametrize(
    ("key", "options", "message"),
    [
        ("smoothgrad", {"samples": 0}, "samples is 0. Give a whole number of at least 1"),
        ("smoothgrad", {"sigma": -0.1}, "sigma is -0.1. Give a number from 0"),
        ("smoothgrad", {"sigma": math.nan}, "sigma is nan"),
        ("smoothgrad", {"seed": -1}, "seed is -1"),
        ("vargrad", {"samples": 1}, "at least 2"),
        ("saliency", {"reduction": "mean"}, "no reduction 'mean'"),
        ("smoothgrad", {"reduction": "mean"}, "max-abs, norm, sum"),
        ("guided-backprop", {"reduction": "mean"}, "max-abs, norm, sum"),
        ("deconvnet", {"reduction": "mean"}, "max-abs, norm, sum"),
        ("fullgrad", {"terms": "all"}, "signed, rescaled"),
    ],
)
def test_options_that_mean_nothing(key: str, options: dict[str, Any], message: str, residual: Any) -> None:
    with pytest.raises(MethodError, match=message):
        inspect.unwrap(METHODS[key].function)(residual[1], noise((1, 3, 8, 7)), 1, **options)
