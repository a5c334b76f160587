"""Every term of a sum against loops over plain arrays, and every layer of real networks against itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from oracles import arithmetic as oracle
from small_networks import NoPlaces, PinnedBatch, Residual, noise, seeded
from torch import Tensor, nn
from untouched import untouched

import tapetum
from tapetum.errors import LayerError, NonFiniteError, PictureError
from tapetum.network import Network
from tapetum.results import Arithmetic, Unit

EXACT = 1e-12
"""Relative difference in double precision."""


class Made(nn.Module):
    """One step after another, each from four channels, and a head."""

    def __init__(self, *steps: nn.Module) -> None:
        super().__init__()
        self.steps = nn.ModuleList(steps)

    def forward(self, x: Tensor) -> Tensor:
        for step in self.steps:
            x = step(x)
        return x.flatten(2).mean(2) if x.dim() > 2 else x


class Step(nn.Module):
    """A function as a module; it is named, so that a failing example can be read."""

    def __init__(self, name: str, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.name, self.function = name, function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)

    def extra_repr(self) -> str:
        return self.name


def made(model: nn.Module, rows: int = 7, columns: int = 9) -> Network:
    return tapetum.load(seeded(model).double(), input_shape=(3, rows, columns), mean=0.5, std=0.25)


def picture(rows: int = 7, columns: int = 9) -> Tensor:
    return noise((1, 3, rows, columns), dtype=torch.float64)


def terms(found: Arithmetic) -> dict[tuple[int, int, int], tuple[float, float]]:
    """Factor and value by the place that the value comes from."""
    return {
        (part.channel, row, column): (part.factors[down, across], part.values[down, across])
        for part in found.parts
        if part.factors is not None
        for down, row in enumerate(part.rows)
        for across, column in enumerate(part.columns)
    }


def same(ours: dict[Any, tuple[float, float]], theirs: dict[Any, tuple[float, float]]) -> None:
    assert ours.keys() == theirs.keys()
    for place, pair in theirs.items():
        assert ours[place] == pytest.approx(pair, rel=EXACT, abs=EXACT)


def check(found: Arithmetic) -> None:
    assert found.relative < EXACT, (found, found.verdict())


small = st.integers(1, 3)
pairs = st.tuples(small, small)
paddings = st.tuples(st.integers(0, 2), st.integers(0, 2))
many = settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


def _placed(
    model: nn.Module, data: st.DataObject
) -> tuple[Network, Arithmetic, np.ndarray, tuple[int, int, int]]:
    """The arithmetic of one random output of the second step, and what that step reads."""
    try:
        net = made(model)
    except (RuntimeError, ValueError, tapetum.TapetumError):
        reject()
    layer = net.layer("steps.1")
    assert layer.places is not None
    at = tuple(
        data.draw(st.integers(0, n - 1)) for n in (layer.shape[0], layer.places.rows, layer.places.columns)
    )
    found = tapetum.arithmetic(net, picture(), "steps.1", *at)
    read = net.activations(picture(), ["steps.0"])["steps.0"][0].numpy()
    value = net.activations(picture(), ["steps.1"])["steps.1"][0][at]
    assert found.total == pytest.approx(float(value), rel=EXACT, abs=EXACT)
    check(found)
    return net, found, read, at


@many
@given(
    data=st.data(),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=pairs,
    padding=paddings,
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    groups=st.sampled_from([1, 2, 4]),
    bias=st.booleans(),
)
def test_convolutions(
    data: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, groups: Any, bias: Any
) -> None:
    step = nn.Conv2d(4, 8, kernel, stride, padding, dilation, groups, bias)
    _, found, read, at = _placed(Made(nn.Conv2d(3, 4, 1), step), data)
    weight = step.weight.detach().numpy()
    shift = None if step.bias is None else step.bias.detach().numpy()
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    theirs, constant = oracle.convolution(read, weight, shift, at, **options)
    same(terms(found), theirs)
    assert found.constants == ({"bias": constant} if bias else {})
    assert len(found.parts) == 4 // groups
    for part in found.parts:
        assert part.values.shape == kernel
        own = [
            factor * value for (channel, _, _), (factor, value) in theirs.items() if channel == part.channel
        ]
        assert part.subtotal == pytest.approx(sum(own), abs=EXACT)
    sizes = [abs(part.subtotal) for part in found.parts]
    assert sizes == sorted(sizes, reverse=True)


@settings(many, max_examples=12)
@given(
    data=st.data(),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    groups=st.sampled_from([1, 2]),
)
def test_transposed_convolutions(data: Any, kernel: Any, stride: Any, dilation: Any, groups: int) -> None:
    step = nn.ConvTranspose2d(4, 6, kernel, stride, (0, 1), 0, groups, True, dilation)
    _, found, read, at = _placed(Made(nn.Conv2d(3, 4, 1), step), data)
    weight, shift = step.weight.detach().numpy(), step.bias.detach().numpy()  # type: ignore[union-attr]
    options = {"stride": stride, "padding": (0, 1), "dilation": dilation, "groups": groups}
    theirs, constant = oracle.transposed(read, weight, shift, at, **options)
    same(terms(found), theirs)
    assert found.constants == {"bias": constant}


@many
@given(
    data=st.data(),
    kernel=pairs,
    stride=pairs,
    ceil=st.booleans(),
    padded=st.booleans(),
    counted=st.booleans(),
    kind=st.sampled_from(["mean", "max", "adaptive"]),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
)
def test_pooling(
    data: Any, kernel: Any, stride: Any, ceil: bool, padded: bool, counted: bool, kind: str, dilation: Any
) -> None:
    padding = (kernel[0] // 2, kernel[1] // 2) if padded else (0, 0)
    steps: dict[str, nn.Module] = {
        "mean": nn.AvgPool2d(kernel, stride, padding, ceil, counted),
        "max": nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil),
        "adaptive": nn.AdaptiveAvgPool2d((kernel[0] + 1, stride[1] + 1)),
    }
    _, found, read, at = _placed(Made(nn.Conv2d(3, 4, 1), steps[kind]), data)
    if kind == "mean":
        theirs = oracle.average(
            read, at, kernel=kernel, stride=stride, padding=padding, count_padding=counted
        )
    elif kind == "max":
        theirs = oracle.largest(read, at, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
    else:
        theirs = oracle.adaptive(read, at, (kernel[0] + 1, stride[1] + 1))
    same(terms(found), theirs)


@pytest.mark.parametrize("name", oracle.ACTIVATIONS)
def test_activations(name: str) -> None:
    net = made(Made(nn.Conv2d(3, 4, 1), getattr(nn, name)()))
    layer = net.layer("steps.1")
    read = net.activations(picture(), ["steps.0"])["steps.0"][0].numpy()
    function = oracle.ACTIVATIONS[name]
    weight = dict(net._capture.weights._model.named_parameters()).get("steps.1.weight")
    for channel in range(4):
        value = float(read[channel, 3, 5])
        expected = function(value)
        if weight is not None:
            expected = value if value > 0 else float(weight.detach()[0]) * value
        found = tapetum.arithmetic(net, picture(), layer.name, channel, 3, 5)
        assert found.total == pytest.approx(expected, rel=1e-9, abs=EXACT), (name, value)
        check(found)
        assert found.parts[0].unit(0, 0).channel == channel


NORMS: dict[str, nn.Module] = {
    "batch": nn.BatchNorm2d(4),
    "group": nn.GroupNorm(2, 4),
    "one group": nn.GroupNorm(1, 4),
    "layer": Step("last", lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (4,)).permute(0, 3, 1, 2)),
    "whole": nn.LayerNorm((4, 7, 9)),
}


@pytest.mark.parametrize("name", NORMS)
def test_norms(name: str) -> None:
    net = made(Made(nn.Conv2d(3, 4, 1), NORMS[name]))
    found = tapetum.arithmetic(
        net, picture(), "steps.1/layer_norm" if name == "layer" else "steps.1", 2, 3, 5
    )
    x = net.activations(picture(), ["steps.0"])["steps.0"][0].numpy()
    check(found)
    weights = {
        key.split(".")[-1]: value.detach().numpy() for key, value in _state(net).items() if "steps.1" in key
    }
    if name == "batch":
        mean, variance, gain, offset = (
            float(weights[key][2]) for key in ("running_mean", "running_var", "weight", "bias")
        )
        expected = (x[2, 3, 5] - mean) / np.sqrt(variance + 1e-5) * gain + offset
    else:
        values, own = {
            "group": (x[2:4].ravel(), 3 * 9 + 5),
            "one group": (x.ravel(), 2 * 63 + 3 * 9 + 5),
            "layer": (x[:, 3, 5], 2),
            "whole": (x.ravel(), 2 * 63 + 3 * 9 + 5),
        }[name]
        at = (2, 3, 5) if name == "whole" else 2
        gain, offset = (float(weights[k][at]) if weights else d for k, d in (("weight", 1.0), ("bias", 0.0)))
        expected = oracle.normalised(values, own, gain, offset, 1e-5)
        assert found.terms == len(values) + 1
    assert found.total == pytest.approx(expected, rel=1e-10)


def _state(net: Network) -> dict[str, Tensor]:
    return dict(net._capture.weights._model.state_dict())


def test_linear_and_softmax() -> None:
    steps = (nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 5 * 7, 6), nn.Softmax(1), nn.Linear(6, 3))
    net = made(Made(*steps))
    values = net.activations(picture(), ["steps.0", "steps.2", "steps.3"])
    found = tapetum.arithmetic(net, picture(), "steps.3", 4)
    check(found)
    assert found.total == pytest.approx(oracle.softmax(values["steps.2"][0].numpy(), 4), rel=EXACT)
    assert found.parts[0].factors is None
    found = tapetum.arithmetic(net, picture(), "steps.2", 1)
    check(found)
    row = steps[2].weight[1].detach().numpy()  # type: ignore[union-attr]
    flat = values["steps.0"][0].numpy().ravel()
    assert {p.channel: (float(p.factors[0, 0]), float(p.values[0, 0])) for p in found.parts} == {  # type: ignore[index]
        i: (float(row[i]), float(flat[i])) for i in range(4 * 5 * 7)
    }
    flattened = tapetum.arithmetic(net, picture(), "steps.1", 35 + 7 + 2)
    assert flattened.parts[0].unit(0, 0) == Unit("steps.0", 1, 1, 2)
    check(flattened)


class Everything(nn.Module):
    """Sums, products, gates, pieces and moves, as people write them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.gate, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 1), nn.Linear(8, 3)
        self.scale = nn.Parameter(torch.randn(4, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = x * torch.sigmoid(self.gate(F.adaptive_avg_pool2d(x, 1)))
        a, b = torch.chunk(x, 2, 1)
        x = torch.cat([b, a * 2 - b / 3, 1 - a, a / (1 + b.abs())], 1)[:, 2:6] * self.scale + x
        x = F.pad(x, (1, 2, 0, 1)) + F.pad(x, (2, 1, 1, 0), mode="replicate")
        x = torch.maximum(x, x.roll(1, 3)) + F.interpolate(x[:, :, ::2], size=x.shape[2:], mode="bilinear")
        x = x + F.interpolate(x[:, :, :4, :5], size=x.shape[2:], mode="nearest")
        x = torch.addcmul(x, x, self.scale, value=0.5) + x.pow(2).sum(1, keepdim=True).sqrt()
        x = x.view(1 if x.shape[0] == 1 else x.shape[0], 2, 2, *x.shape[2:]).transpose(1, 2).flatten(1, 2)
        tokens = x.flatten(2).transpose(1, 2)
        mixed = torch.softmax(tokens @ tokens.transpose(1, 2) / 2, -1) @ tokens
        return self.head(torch.cat([mixed.mean(1), x.amax((2, 3))], 1))


def every(net: Network, batch: Any, seed: int = 0, spatial: bool = False) -> list[Arithmetic]:
    """The arithmetic of one random number of every layer, or of every one with rows and columns."""
    ledger = net.ledger(net.inputs(batch))
    ledger.read_all()
    draw = np.random.default_rng(seed)
    found = []
    for layer in net.layers:
        if layer.places is not None:
            sizes = (layer.shape[layer.places.channel - 1], layer.places.rows, layer.places.columns)
            found.append(ledger.arithmetic(layer, Unit(layer.name, *(int(draw.integers(n)) for n in sizes))))
        elif not spatial:
            found.append(ledger.arithmetic(layer, Unit(layer.name, int(draw.integers(np.prod(layer.shape))))))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_every_operation_of_a_network_full_of_them(seed: int) -> None:
    net = made(Everything())
    found = every(net, picture(), seed)
    for one in found:
        check(one)
    kinds = {one.operation for one in found}
    assert {"add", "sub", "rsub", "mul", "div", "cat", "addcmul", "maximum", "pad", "roll", "matmul"} <= kinds
    assert {"upsample_bilinear2d", "upsample_nearest2d", "slice", "transpose", "amax", "softmax"} <= kinds


def test_a_gate_is_named_as_the_factor() -> None:
    net = made(Everything())
    found = tapetum.arithmetic(net, picture(), "mul", 1, 2, 3)
    (part,) = found.parts
    assert part.unit(0, 0) == Unit("stem", 1, 2, 3)
    assert part.factor_of is not None
    assert (part.factor_of.layer, part.factor_of.channel) == ("sigmoid", 1)
    gate = net.activations(picture(), ["sigmoid"])["sigmoid"][0, 1, 0, 0]
    assert part.factors is not None
    assert part.factors[0, 0] == pytest.approx(float(gate), rel=EXACT)


class Branch(nn.Module):
    """Two ways from the same value, joined by a sum or a concatenation."""

    def __init__(self, first: nn.Module, second: nn.Module, joined: str) -> None:
        super().__init__()
        self.first, self.second, self.joined = first, second, joined

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.first(x), self.second(x)
        rows, columns = min(a.shape[2], b.shape[2]), min(a.shape[3], b.shape[3])
        a, b = a[:, :, :rows, :columns], b[:, :, -rows:, -columns:]
        return a + b if self.joined == "add" else torch.cat([a, b], 1)[:, ::2]


simple = st.one_of(
    st.builds(
        lambda k, s, p, g: nn.Conv2d(4, 4, k, s, p, groups=g),
        pairs,
        pairs,
        paddings,
        st.sampled_from([1, 2, 4]),
    ),
    st.builds(lambda k: nn.MaxPool2d(k, 1), pairs),
    st.builds(lambda k, c: nn.AvgPool2d(k, ceil_mode=c), pairs, st.booleans()),
    st.sampled_from([nn.BatchNorm2d(4), nn.GroupNorm(2, 4), nn.Hardswish(), nn.GELU(), nn.ReLU6(), nn.ELU()]),
)
steps = st.lists(
    st.one_of(simple, simple, st.builds(Branch, simple, simple, st.sampled_from(["add", "cat"]))),
    min_size=1,
    max_size=4,
)


@settings(many, max_examples=15)
@given(steps=steps, seed=st.integers(0, 9))
def test_every_layer_of_random_networks(steps: list[nn.Module], seed: int) -> None:
    """In double precision; and each value that a term reads is the one that the layer before holds."""
    try:
        model = Made(nn.Conv2d(3, 4, 1), *steps)
        model.double().eval()(picture())
    except (RuntimeError, ValueError):
        reject()
    net = made(model)
    held = {layer.name: layer for layer in net.layers}
    ledger = net.ledger(net.inputs(picture()))
    for one in every(net, picture(), seed):
        check(one)
        for part in one.parts[:2]:
            if part.layer != "picture" and not part.padding.all():
                unit = part.strongest
                down, across = part.rows.index(unit.row), part.columns.index(unit.column)  # type: ignore[arg-type]
                assert ledger.arithmetic(held[part.layer], unit).value == part.values[down, across]


@pytest.mark.parametrize(
    "name",
    [
        "lite0",
        "torchvision:resnet18",
        "torchvision:densenet121",
        "torchvision:mobilenet_v3_small",
        "torchvision:convnext_tiny",
    ],
)
def test_every_spatial_layer_of_real_networks(name: str) -> None:
    net = tapetum.load(name, pretrained=name == "lite0")
    found = every(net, tapetum.sample("cat"), seed=3, spatial=True)
    assert len(found) > 60
    for one in found:
        assert one.agrees, (one, one.verdict())
        assert one.relative < 3e-6, (one, one.relative)


def test_the_verdict_walks_back_to_the_picture() -> None:
    """From a logit, always to the strongest place before, until the pixels: every step is right."""
    net = tapetum.load("lite0")
    ledger = net.ledger(net.inputs(tapetum.sample("cat")))
    ledger.read_all()
    held = {layer.name: layer for layer in net.layers}
    unit, walked = Unit("classifier", 285), 0
    while unit.layer != "picture":
        found = ledger.arithmetic(held[unit.layer], unit)
        assert found.agrees, found
        unit, walked = found.parts[0].strongest, walked + 1
    assert walked > 60
    assert unit.row is not None


def test_a_difference_is_told() -> None:
    net = tapetum.load("lite0")
    found = tapetum.arithmetic(net, tapetum.sample("cat"), "conv_stem", 0, 5, 5)
    assert found.agrees
    wrong = replace(found, value=found.value + 0.01 * abs(found.sum) + 0.01)
    assert not wrong.agrees
    assert "differs" in wrong.verdict()
    assert "differs" in wrong._repr_html_()


@pytest.mark.parametrize(
    ("layer", "channel", "at", "words"),
    [
        ("block1.0", 8, (0, 0), "no channel 8. It has the channels 0 to 7"),
        ("block1.0", -1, (0, 0), "no channel -1"),
        ("block1.0", 0, (12, 0), "no row 12. It has the rows 0 to 11"),
        ("block1.0", 0, (0, -1), "no column -1"),
        ("block1.0", 0, (), "12 × 10 positions. Say which one"),
        ("block1.0", 0, (3,), "Say which one"),
        ("head", 0, (0, 0), "without rows and columns|no rows and columns"),
        ("head", 4, (), "no channel 4"),
        ("block9", 0, (0, 0), "The nearest names are"),
    ],
)
def test_what_there_is_not(layer: str, channel: int, at: tuple[int, ...], words: str) -> None:
    model = seeded(Residual())
    net = tapetum.load(model, input_shape=(3, 12, 10), mean=0.5, std=0.5)
    batch = noise((1, 3, 12, 10))
    with untouched(model, batch), pytest.raises(LayerError, match=words):
        tapetum.arithmetic(net, batch, layer, channel, *at)


def test_an_operation_without_a_card_is_named_with_the_nearest_that_have_one() -> None:
    net = tapetum.load("timm:vit_tiny_patch16_224", pretrained=False, size=32)
    with pytest.raises(
        LayerError, match=r"'scaled_dot_product_attention'.*nearest layers that are: blocks.0.attn"
    ):
        tapetum.arithmetic(net, tapetum.sample("cat"), "blocks.0.attn/scaled_dot_product_attention", 0)
    found = tapetum.arithmetic(net, tapetum.sample("cat"), "blocks.0.mlp.fc1", 5, 1, 1)
    assert found.agrees
    assert found.parts[0].rows == (1,)


def test_networks_of_every_habit() -> None:
    flat = tapetum.load(seeded(NoPlaces()), input_shape=(3, 8, 8), mean=0.5, std=0.5)
    assert all(one.agrees for one in every(flat, noise((1, 3, 8, 8))))
    pinned = tapetum.load(seeded(PinnedBatch(3)), input_shape=(3, 3, 8, 8), mean=0.5, std=0.5)
    assert all(one.agrees for one in every(pinned, noise((1, 3, 8, 8))))


def test_several_pictures_and_numbers_that_are_none() -> None:
    model = seeded(Residual())
    net = tapetum.load(model, input_shape=(3, 8, 8), mean=0.5, std=0.5)
    with pytest.raises(PictureError, match="There are 2 pictures"):
        tapetum.arithmetic(net, noise((2, 3, 8, 8)), "stem", 0, 0, 0)
    with pytest.raises(NonFiniteError):
        tapetum.arithmetic(net, torch.full((1, 3, 8, 8), float("nan")), "stem", 0, 0, 0)
    with torch.no_grad():
        model.stem.weight[0] = float("inf")  # type: ignore[union-attr,operator,index]
    with pytest.raises(NonFiniteError, match="stem, channel 0"):
        tapetum.arithmetic(net, noise((1, 3, 8, 8)), "stem", 0, 4, 4)


def test_the_model_is_left_alone() -> None:
    model = seeded(Residual())
    net = tapetum.load(model, input_shape=(3, 8, 8), mean=0.5, std=0.5)
    batch = noise((1, 3, 8, 8))
    with untouched(model, batch):
        tapetum.arithmetic(net, batch, "block2.0", 1, 2, 3)
    with torch.inference_mode(), untouched(model, batch):
        tapetum.arithmetic(net, batch, "block2.0", 1, 2, 3)
