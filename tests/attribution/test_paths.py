"""The path family against fine sums over the same ways, and its sums against the score."""

import inspect
from typing import Any

import pytest
import torch
from oracles import gradients as oracle
from small_networks import Residual, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import (
    blur_ig,
    conductance,
    expected_gradients,
    guided_ig,
    integrated_gradients,
)
from tapetum.errors import LayerError, MemoryLimitError, MethodError, NonFiniteError
from tapetum.network import Network, Preparation
from tapetum.registry import METHODS, Method

DOUBLE = torch.float64


def _options(method: Method) -> set[str]:
    return {option.name for option in method.options}


PATHS = [method for method in METHODS.values() if method.family == "path"]
every_path = pytest.mark.parametrize("method", PATHS, ids=lambda m: m.key)


class Smooth(nn.Module):
    """Activations with a derivative everywhere; everything passes through `middle`."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.middle = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 5, 3, stride=2, padding=1)
        self.head = nn.Linear(5, 4)

    def before(self, x: Tensor) -> Tensor:
        x = nn.functional.silu(self.first(x))
        return self.middle(x + torch.tanh(x))

    def after(self, x: Tensor) -> Tensor:
        return self.head(nn.functional.gelu(x).mean((2, 3)))

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.before(x))


def build(model: nn.Module, rows: int = 8, columns: int = 7) -> Network:
    return Network(model, Preparation(rows, columns))


def close(found: Tensor, expected: Tensor, tolerance: float) -> bool:
    return float((found.double() - expected).abs().max()) <= tolerance * float(expected.abs().max())


@pytest.fixture(scope="module")
def smooth() -> tuple[Smooth, Network]:
    model = seeded(Smooth()).double()
    assert isinstance(model, Smooth)
    return model, build(model)


@pytest.fixture(scope="module")
def batch() -> Tensor:
    return noise((2, 3, 8, 7), dtype=DOUBLE)


@pytest.fixture(scope="module")
def base() -> Tensor:
    return noise((2, 3, 8, 7), seed=5, dtype=DOUBLE)


def of(model: nn.Module, k: int) -> Any:
    return lambda x: model(x[None])[0, k]


@pytest.mark.parametrize(
    ("rule", "tolerance"),
    [("gauss-legendre", 1e-6), ("midpoint", 1e-3), ("trapezoid", 1e-3), ("left", 0.05), ("right", 0.05)],
)
def test_integrated_gradients(smooth: Any, batch: Tensor, base: Tensor, rule: Any, tolerance: float) -> None:
    model, network = smooth
    found = integrated_gradients(network, batch, [0, 1], baseline=base, rule=rule)
    for k in range(2):
        assert close(found.values[k], oracle.integrated(of(model, k), batch[k], base[k], 500), tolerance)
    with torch.no_grad():
        change = (model(batch) - model(base)).diagonal()
    told = found.values.double().sum((1, 2)) - change
    assert torch.allclose(found.residual.double(), told, atol=1e-5)


@pytest.mark.parametrize("key", ["integrated-gradients", "blur-ig", "conductance"])
def test_completeness_at_64_steps(smooth: Any, batch: Tensor, key: str) -> None:
    """At most 1e-3 of the score's change on a smooth network; the gradient path and the blur far less."""
    found = METHODS[key](
        smooth[1], batch, [0, 1], steps=64, **{"layer": "middle"} if key == "conductance" else {}
    )
    assert found.residual is not None
    change = found.values.sum((1, 2))
    assert float((found.residual / change).abs().max()) <= 1e-3


@every_path
def test_a_linear_network(method: Any) -> None:
    """Every way leads to the same: weights times what differs; also at a layer that all passes through."""
    model = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Flatten(), nn.Linear(3 * 8 * 7, 4))
    model = seeded(model).double()
    batch = noise((2, 3, 8, 7), dtype=DOUBLE)
    given = {} if "baseline" not in _options(method) else {"baseline": "white"}
    start = torch.ones_like(batch)
    if "baseline" not in _options(method):
        start = torch.stack([oracle.scale_space(x, 0.2 * 7) for x in batch])
    found = method(build(model), batch, 1, **given)
    weight = oracle.slope(of(model, 1), batch[0])
    expected = weight * (batch - start)
    if method.needs_layer:
        after = model[2].weight.detach()[1].view(3, 8, 7)
        with torch.no_grad():
            expected = after * (model[0](batch) - model[0](start))
    assert close(found.values, expected.sum(1), 1e-5)
    assert float(found.residual.abs().max()) <= 1e-5


@pytest.mark.parametrize("layer", ["first", "middle", "gelu"])
def test_integrated_gradients_at_a_layer(smooth: Any, batch: Tensor, base: Tensor, layer: str) -> None:
    model, network = smooth
    found = integrated_gradients(network, batch, 1, baseline=base, layer=layer, steps=16)
    assert found.layer == network.layer(layer).name
    if layer == "middle":
        for k in range(2):
            with torch.no_grad():
                ends = model.before(batch[k : k + 1])[0], model.before(base[k : k + 1])[0]
            expected = oracle.integrated(lambda a: model.after(a[None])[0, 1], *ends, steps=500)
            assert close(found.values[k], expected, 1e-5)
    assert float(found.residual.abs().max()) <= 1e-5


def test_integrated_gradients_beside_a_bypass(batch: Tensor) -> None:
    """The bypass goes its own way from baseline to picture; what it carries is in the residual."""
    model = seeded(Residual()).double()
    network = build(model)
    layer, around = network.layer("block2.1"), network.layer("block1.1")
    tail = network.tail(layer)
    base = torch.zeros_like(batch)
    first, last = tail.starts(base), tail.starts(batch)
    assert len(first) > 1
    found = integrated_gradients(network, batch, 1, layer=layer.name, steps=64)
    steps = 300
    for k in range(2):
        total = torch.zeros_like(last[0][k])
        for step in range(steps):
            share = (step + 0.5) / steps
            now = [(a + share * (b - a))[k : k + 1] for a, b in zip(first, last, strict=True)]
            leaf = now[0].requires_grad_()
            total += torch.autograd.grad(tail(leaf, *now[1:])[0, 1], leaf)[0][0] / steps
        assert close(found.values[k], ((last[0] - first[0])[k] * total).sum(0), 0.02)
    assert around.node in tail.names or float(found.residual.abs().max()) > 0


def test_expected_gradients(smooth: Any, batch: Tensor, base: Tensor) -> None:
    """Many samples come near to the mean of integrated gradients over the baselines."""
    model, network = smooth
    found = expected_gradients(network, batch, 1, baseline=[base[0], base[1], "white"], samples=1500)
    starts = [base[0], base[1], torch.ones_like(base[0])]
    for k in range(2):
        ways = [oracle.integrated(of(model, 1), batch[k], start, 100) for start in starts]
        assert close(found.values[k], torch.stack(ways).mean(0), 0.02)
    with torch.no_grad():
        change = model(batch)[:, 1] - model(torch.stack(starts))[:, 1].mean()
    told = found.values.double().sum((1, 2)) - change
    assert torch.allclose(found.residual.double(), told, atol=1e-5)
    stacked = expected_gradients(network, batch, 1, baseline=torch.stack(starts), samples=6)
    assert torch.equal(
        stacked.values, expected_gradients(network, batch, 1, baseline=starts, samples=6).values
    )


def test_expected_gradients_over_noise(smooth: Any, batch: Tensor) -> None:
    network = smooth[1]
    first, second = (expected_gradients(network, batch, 1, seed=seed) for seed in (0, 1))
    assert not torch.equal(first.values, second.values)
    many = expected_gradients(network, batch, 1, samples=1024)
    assert float(many.residual.abs().max()) < float(first.residual.abs().max()) + 1e-3
    assert (first.seed, second.seed) == (0, 1)


def test_blur_ig(smooth: Any, batch: Tensor) -> None:
    model, network = smooth
    found = blur_ig(network, batch, [0, 1])
    for k in range(2):
        assert close(found.values[k], oracle.blur_path(of(model, k), batch[k], 0.2 * 7, 150), 1e-3)


def test_without_blur_there_is_nothing_to_follow(smooth: Any, batch: Tensor) -> None:
    found = blur_ig(smooth[1], batch, 1, sigma=0.0)
    assert found.verdicts() == ("zero", "zero")
    assert float(found.residual.abs().max()) <= 1e-6


@pytest.mark.parametrize(("fraction", "slack"), [(0.25, 0.02), (0.1, 0.3), (1.0, 0.1), (0.001, 1.0)])
def test_guided_ig(smooth: Any, batch: Tensor, base: Tensor, fraction: float, slack: float) -> None:
    model, network = smooth
    found = guided_ig(network, batch, [0, 1], baseline=base, steps=8, fraction=fraction, slack=slack)
    for k in range(2):
        expected = oracle.guided_path(of(model, k), batch[k], base[k], 8, fraction, slack)
        assert close(found.values[k], expected, 1e-6)


def test_guided_ig_without_slack_goes_straight(smooth: Any, batch: Tensor) -> None:
    found = guided_ig(smooth[1], batch, 1, steps=9, slack=0.0)
    assert close(
        found.values, integrated_gradients(smooth[1], batch, 1, steps=9, rule="left").values.double(), 1e-6
    )


@pytest.mark.parametrize("rule", ["trapezoid", "left", "right"])
def test_conductance(smooth: Any, batch: Tensor, base: Tensor, rule: Any) -> None:
    model, network = smooth
    found = conductance(network, batch, 1, layer="middle", baseline=base, rule=rule, steps=256)
    for k in range(2):
        expected = oracle.conductance(
            lambda x: model.before(x[None])[0],
            lambda a: model.after(a[None])[0, 1],
            batch[k],
            base[k],
            500,
        )
        assert close(found.values[k], expected, 1e-4 if rule == "trapezoid" else 0.02)


@every_path
def test_memory_changes_nothing_but_rounding(method: Any, smooth: Any, batch: Tensor) -> None:
    """So little memory that parts end in the middle of a sample."""
    three = torch.cat([batch, batch.flip(3)[:1]])
    whole = method(smooth[1], three, [0, 1, 2])
    few = method(smooth[1], three, [0, 1, 2], memory=2**19 // 5)
    assert close(few.values, whole.values.double(), 1e-6)
    with pytest.raises(MemoryLimitError, match="needs about"):
        method(smooth[1], batch, 1, memory=1000)


@every_path
def test_the_picture_as_its_own_baseline(method: Any, smooth: Any, batch: Tensor) -> None:
    """Nothing changes on the way: a zero map, told as one."""
    flat = torch.ones_like(batch)
    found = method(smooth[1], flat, 1, **{} if "baseline" not in _options(method) else {"baseline": flat[0]})
    assert float(found.values.abs().max()) <= 1e-6


@every_path
def test_gradients_that_are_not_finite(method: Any) -> None:
    class Root(nn.Module):
        """Its derivative is infinite at 0, where the score is finite."""

        def __init__(self) -> None:
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 4, 1, bias=False), nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.head((self.conv(x) * 0).abs().sqrt().mean((2, 3)))

    with pytest.raises(NonFiniteError, match="NaN or infinity"):
        method(
            build(seeded(Root())), noise((1, 3, 8, 7)), 1, **{"layer": "conv"} if method.needs_layer else {}
        )


@pytest.mark.parametrize("method", [m for m in PATHS if "baseline" in _options(m)], ids=lambda m: m.key)
@pytest.mark.parametrize(
    ("baseline", "message"),
    [(torch.zeros(3, 5, 5), "shape"), ("purple", "no word that is known"), (1.5, "brightness")],
)
def test_no_baseline(method: Any, baseline: Any, message: str, smooth: Any, batch: Tensor) -> None:
    with pytest.raises(MethodError, match=message):
        method(smooth[1], batch, 1, baseline=baseline)


@pytest.mark.parametrize(
    ("key", "options", "message"),
    [
        ("integrated-gradients", {"steps": 0}, "steps is 0. Give a whole number of at least 1"),
        ("integrated-gradients", {"steps": 1, "rule": "trapezoid"}, "at least 2"),
        ("integrated-gradients", {"rule": "simpson"}, "gauss-legendre, trapezoid, midpoint, left, right"),
        ("blur-ig", {"rule": "simpson"}, "no rule 'simpson'"),
        ("blur-ig", {"sigma": -1.0}, "sigma is -1.0"),
        ("guided-ig", {"steps": 0}, "at least 1"),
        ("guided-ig", {"fraction": 0.0}, "fraction is 0.0"),
        ("guided-ig", {"slack": 2.0}, "slack is 2.0"),
        ("conductance", {"rule": "midpoint"}, "trapezoid, left, right"),
        ("conductance", {"steps": 0}, "at least 1"),
        ("expected-gradients", {"samples": 0}, "at least 1"),
        ("expected-gradients", {"seed": -1}, "at least 0"),
        ("expected-gradients", {"baseline": []}, "holds no baseline"),
    ],
)
def test_options_that_mean_nothing(
    key: str, options: dict[str, Any], message: str, smooth: Any, batch: Tensor
) -> None:
    with pytest.raises(MethodError, match=message):
        inspect.unwrap(METHODS[key].function)(smooth[1], batch, 1, **options)


@pytest.mark.parametrize("method", [integrated_gradients, conductance])
def test_a_layer_without_rows_and_columns(method: Any, smooth: Any, batch: Tensor) -> None:
    with pytest.raises(LayerError, match="without rows and columns"):
        method(smooth[1], batch, layer="head")


def test_options_typed_as_text() -> None:
    assert METHODS["integrated-gradients"].parse({"baseline": "black", "steps": "8"}) == {
        "baseline": "black",
        "steps": 8,
    }
