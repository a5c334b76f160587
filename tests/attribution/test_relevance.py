"""Relevance propagation and DeepLIFT: against explicit matrices, closed forms, and their own sums."""

import inspect
from collections.abc import Callable
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from oracles import relevance as oracle
from small_networks import Flat, PinnedBatch, Plain, Residual, Reused, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import deeplift, lrp
from tapetum.attribution.relevance import rules
from tapetum.attribution.relevance.linear import linear
from tapetum.attribution.relevance.values import Values
from tapetum.errors import LayerError, MemoryLimitError, MethodError, TargetError
from tapetum.network import Network, Preparation

DOUBLE = torch.float64
COMPOSITES = [
    *("epsilon-plus-flat", "epsilon-plus", "epsilon-gamma-box"),
    *("epsilon", "gamma", "z-plus", "alpha-beta", "w-square", "flat"),
]


def build(model: nn.Module, rows: int = 16, columns: int = 16, channels: int = 3) -> Network:
    return Network(model.double().eval(), Preparation(rows, columns, channels))


class Routes(nn.Module):
    """Every way in which values are moved, added, averaged and chosen, between two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding="same")
        self.body = nn.Conv2d(2, 6, 3, stride=2, padding=1, bias=False)
        self.up = nn.ConvTranspose2d(6, 4, 2, stride=2)
        self.bn = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(F.pad(x, (1, 0, 2, 1))))
        first, second = x.chunk(2, 1)
        x = torch.cat([second, first[:, :, :, :], 0.5 * x[:, 2:4]], 1).flip(3)
        x = F.pixel_shuffle(x[:, :8].transpose(2, 3), 2).permute(0, 1, 3, 2)
        x = F.avg_pool2d(F.relu(self.body(x)), 2) - 0.3
        x = F.interpolate(F.leaky_relu(self.up(x)), scale_factor=2.0, mode="nearest")
        x = F.max_pool2d(torch.stack([x, -x], 1).flatten(1, 2), 3, 2) / 2
        return self.head(F.relu(self.bn(x)).mean((2, 3)))


class PreActivation(nn.Module):
    """Batch-norm before the convolution, as DenseNet has it; a bypass by concatenation."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.bn = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.conv, self.fc = nn.Conv2d(4, 4, 3, padding=1), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        return self.fc(torch.cat([x, self.conv(F.relu(self.bn(x)))], 1).mean((2, 3)))


class Smooth(nn.Module):
    """Smooth activations, a gate, a bypass and overlapping max pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 6, 3, padding=1)
        self.gate, self.fc = nn.Conv2d(6, 6, 1), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.silu(self.stem(x)), 3, 2, 1)
        x = x + F.gelu(self.conv(x))
        x = x * F.hardsigmoid(self.gate(x.mean((2, 3), keepdim=True)))
        return self.fc(F.hardswish(x).mean((2, 3)))


class LayerNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 3), nn.LayerNorm(4), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.norm(self.conv(x).mean((2, 3))))


def gradient_times_input(model: nn.Module, batch: Tensor, target: int) -> Tensor:
    leaf = batch.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(leaf)[:, target].sum(), leaf)
    return (gradient * leaf).detach().sum(1)


# ---- rules of one layer ----

LAYERS: dict[str, Callable[[], tuple[nn.Module, tuple[int, ...]]]] = {
    "plain": lambda: (nn.Conv2d(2, 3, 3, padding=1), (2, 4, 5)),
    "stride": lambda: (nn.Conv2d(2, 3, 3, stride=2, bias=False), (2, 6, 5)),
    "dilation": lambda: (nn.Conv2d(2, 2, 3, dilation=2, padding=(2, 1)), (2, 5, 4)),
    "groups": lambda: (nn.Conv2d(4, 6, 3, groups=2, padding=1), (4, 3, 3)),
    "depthwise": lambda: (nn.Conv2d(3, 3, 3, groups=3, padding="same"), (3, 4, 4)),
    "transposed": lambda: (nn.ConvTranspose2d(2, 3, 2, stride=2), (2, 2, 3)),
    "linear": lambda: (nn.Linear(7, 4), (7,)),
}


def layer_of(kind: str) -> tuple[rules.Linear, nn.Module, tuple[int, ...]]:
    """The layer as the graph of a network holds it, which ends in a sum over places where there are any."""
    made, shape = LAYERS[kind]()
    module = seeded(made).double()
    exported = torch.export.export(module, (torch.zeros(2, *shape, dtype=DOUBLE),)).graph
    node = next(n for n in exported.nodes if n.op == "call_function")
    known = {f"p_{name}": value.detach() for name, value in module.named_parameters()}
    return linear(Values({}, known, 2), node, None), module, shape


@pytest.mark.parametrize("sign", ["any", "positive"])
@pytest.mark.parametrize("kind", LAYERS)
def test_rules_are_their_matrices(kind: str, sign: str) -> None:
    layer, module, shape = layer_of(kind)
    x = noise((2, *shape), dtype=DOUBLE)
    x = x.abs() if sign == "positive" else x
    w, b = oracle.matrix(lambda v: module(v).detach(), shape)
    with torch.no_grad():
        received = noise(tuple(module(x).shape), seed=5, dtype=DOUBLE)
        ones = type(module).__new__(type(module))
        ones.__dict__.update(module.__dict__)
        ones._parameters = {"weight": nn.Parameter(torch.ones_like(module.weight)), "bias": None}
        connected, _ = oracle.matrix(lambda v: ones(v).detach(), shape)
    low, high = x.amin() - 0.3, x.amax() + 0.2
    boxed = rules.Linear(
        *(layer.weight, layer.bias, layer.forward, layer.back),
        bounds=lambda: (torch.full_like(x[:1], low), torch.full_like(x[:1], high)),
    )
    one = x.flatten(1), received.flatten(1)
    expected: dict[str, tuple[Callable[..., Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
        "epsilon": (partial(rules.epsilon, epsilon=0.1), lambda v, r: oracle.epsilon(w, b, v, r, 0.1)),
        "z-plus": (rules.z_plus, lambda v, r: oracle.z_plus(w, b, v, r)),
        "alpha-beta": (
            partial(rules.alpha_beta, alpha=2.5),
            lambda v, r: oracle.alpha_beta(w, b, v, r, 2.5),
        ),
        "gamma": (partial(rules.gamma, gamma=0.4), lambda v, r: oracle.gamma(w, b, v, r, 0.4)),
        "w-square": (rules.w_square, lambda v, r: oracle.w_square(w, r)),
        "flat": (rules.flat, lambda v, r: oracle.flat(connected, r)),
        "z-box": (rules.z_box, lambda v, r: oracle.z_box(w, v, low, high, r)),
    }
    before = x.clone(), received.clone()
    for name, (rule, reference) in expected.items():
        found = rule(boxed, x, received) if name == "z-box" else rule(layer, x, received)
        for picture in range(2):
            wanted = reference(one[0][picture], one[1][picture])
            assert torch.allclose(found[picture].flatten(), wanted, rtol=1e-7, atol=1e-9), name
    assert torch.equal(x, before[0])
    assert torch.equal(received, before[1])


# ---- whole networks ----


def test_a_linear_network() -> None:
    model = seeded(nn.Sequential(nn.Flatten(), nn.Linear(3 * 6 * 5, 4))).double()
    network, batch = build(model, 6, 5), noise((3, 3, 6, 5), dtype=DOUBLE)
    weight = model[1].weight.detach()
    for target, w in ((2, weight[2]), ("1 - 3", weight[1] - weight[3])):
        expected = (w.view(3, 6, 5) * batch).sum(1).float()
        if target == 2:
            found = lrp(network, batch, target, composite="epsilon", epsilon=0.0)
            assert torch.allclose(found.values, expected, rtol=1e-6, atol=1e-8)
        assert torch.allclose(deeplift(network, batch, target).values, expected, rtol=1e-6, atol=1e-8)
    reference = noise((3, 6, 5), seed=7, dtype=DOUBLE)
    expected = (weight[1].view(3, 6, 5) * (batch - reference)).sum(1).float()
    found = deeplift(network, batch, 1, baseline=reference)
    assert torch.allclose(found.values, expected, rtol=1e-6, atol=1e-8)
    assert found.options == {"baseline": "given"}


@pytest.mark.parametrize("model", [Plain, Reused, Flat, Routes, PreActivation], ids=lambda m: m.__name__)
def test_epsilon_zero_is_gradient_times_input(model: type[nn.Module]) -> None:
    """True for every network of linear operations, ReLU and max pooling, biases or not: an end-to-end check
    of convolutions, leftover batch-norms, sums, averages, maxima and of all that moves values."""
    channels, side = (1, 28) if model is Flat else (3, 16)
    module = seeded(model()).double()
    network, batch = build(module, side, side, channels), noise((3, channels, side, side), dtype=DOUBLE)
    found = lrp(network, batch, 1, composite="epsilon", epsilon=0.0).values.double()
    if model is PreActivation or model is Routes:  # zero divided by SMALL where sums and averages vanish
        assert float((found - gradient_times_input(module, batch, 1)).abs().max()) < 1e-4
    else:
        assert torch.allclose(found, gradient_times_input(module, batch, 1), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    "composite", ["epsilon-plus-flat", "epsilon-plus", "epsilon-gamma-box", "alpha-beta"]
)
def test_composites_layer_by_layer(composite: str) -> None:
    """A chain of layers, each as its matrix: every kind of layer gets its own rule."""
    torch.manual_seed(0)
    first, second, third = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 3, 3, stride=2), nn.Linear(12, 3)
    model = seeded(nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), third)).double()
    network = Network(model, Preparation(6, 6, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4)))
    batch = network.prepare(torch.rand(6, 6, 3).mul(255).byte().numpy())
    found = lrp(network, batch, 1, composite=composite, gamma=0.3, epsilon=0.01)

    x0 = batch[0].flatten()
    (w1, b1), (w2, b2), (w3, b3) = (
        oracle.matrix(lambda v, m=m: m(v).detach(), shape)
        for m, shape in ((first, (3, 6, 6)), (second, (4, 6, 6)), (third, (12,)))
    )
    x1 = (w1 @ x0 + b1).clamp(min=0)
    x2 = (w2 @ x1 + b2).clamp(min=0)
    start = torch.zeros(3, dtype=DOUBLE)
    start[1] = (w3 @ x2 + b3)[1]
    if composite == "alpha-beta":
        r = oracle.alpha_beta(w3, b3, x2, start, 2.0)
        r = oracle.alpha_beta(w1, b1, x0, oracle.alpha_beta(w2, b2, x1, r, 2.0), 2.0)
    else:
        r = oracle.epsilon(w3, b3, x2, start, 0.01)
        if composite == "epsilon-gamma-box":
            mean, std = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.2, 0.3, 0.4])
            low, high = (((v - mean) / std).double().repeat_interleave(36) for v in (0.0, 1.0))
            r = oracle.z_box(w1, x0, low, high, oracle.gamma(w2, b2, x1, r, 0.3))
        else:
            r = oracle.z_plus(w2, b2, x1, r)
            connected = (w1 != 0).double()
            flat = composite == "epsilon-plus-flat"
            r = oracle.flat(connected, r) if flat else oracle.z_plus(w1, b1, x0, r)
    expected = r.view(3, 6, 6).sum(0)
    assert float((found.values[0].double() - expected).abs().max()) <= 1e-6 * float(expected.abs().max())
    assert float(found.residual[0]) == pytest.approx(float(expected.sum() - start[1]), abs=1e-5)


@pytest.mark.parametrize("composite", COMPOSITES)
def test_relevance_is_conserved_at_every_layer(composite: str) -> None:
    """Without biases, whatever comes to a layer (nothing goes around these) sums to the score."""
    model = seeded(Residual()).double()
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.zeros_(module.bias)
            nn.init.zeros_(module.running_mean)
    network, batch = build(model), noise((2, 3, 16, 16), dtype=DOUBLE)
    for layer in ("cat", "relu", None):
        found = lrp(network, batch, 2, composite=composite, layer=layer)
        lost = found.residual.abs() / found.score.abs()
        assert float(lost.max()) < 2e-2, layer  # what the stabiliser 1e-6 takes where denominators are small
        assert torch.allclose(found.values.sum((1, 2)), found.score + found.residual, atol=1e-4)


def test_a_sum_shares_in_proportion_and_a_gate_gets_nothing() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.gate = nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = x + self.one(x)
            return (x * torch.sigmoid(self.gate(x))).flatten(1)

    model = Model().double()
    nn.init.constant_(model.one.weight, 3.0)
    network = build(model, 1, 2, 1)
    batch = torch.tensor([[[[2.0, -1.0]]]], dtype=DOUBLE)
    found = lrp(network, batch, 0, composite="epsilon")
    logit = float(network(batch)[0, 0])
    assert found.values[0, 0].tolist() == pytest.approx([logit, 0.0], rel=1e-5)
    conv = lrp(network, batch.expand(2, 1, 1, 2), [0, 1], composite="epsilon", layer="one")
    assert conv.values[0, 0].tolist() == pytest.approx([logit * 3 / 4, 0.0], rel=1e-5)
    with pytest.raises(LayerError, match=r"no relevance to 'gate'.*only gates"):
        lrp(network, batch, 0, layer="gate")


# ---- DeepLIFT ----


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_rescale_with_matrices(activation: str) -> None:
    function = {"relu": F.relu, "tanh": torch.tanh, "gelu": F.gelu}[activation]

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.fc = nn.Conv2d(1, 3, 3), nn.Linear(12, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(function(self.conv(x)).flatten(1))

    model = seeded(Model()).double().requires_grad_(False)
    x, reference = noise((2, 1, 4, 4), dtype=DOUBLE)
    weights = [oracle.matrix(model.conv, (1, 4, 4)), oracle.matrix(model.fc, (12,))]
    expected = oracle.rescale(weights, function, x.flatten(), reference.flatten(), 2)
    found = deeplift(build(model, 4, 4, 1), x[None], 2, baseline=reference)
    assert torch.allclose(found.values[0].flatten().double(), expected, rtol=1e-5, atol=1e-8)
    assert float(expected.sum()) == pytest.approx(float((model(x[None]) - model(reference[None]))[0, 2]))


@pytest.mark.parametrize("baseline", ["mean", "blur", "noise", 0.8])
@pytest.mark.parametrize(
    "model", [Plain, Residual, Reused, Flat, Routes, PreActivation, Smooth], ids=lambda m: m.__name__
)
def test_contributions_sum_to_the_difference(model: type[nn.Module], baseline: str | float) -> None:
    channels, side = (1, 28) if model is Flat else (3, 16)
    network = build(seeded(model()), side, side, channels)
    batch = noise((3, channels, side, side), dtype=DOUBLE)
    for target in ([0, 1, 2], "1 - 2", lambda z: z[:, 0] * z[:, 1] - z[:, 2] ** 2):
        found = deeplift(network, batch, target, baseline=baseline)
        assert float(found.residual.abs().max()) < 1e-10


def test_a_max_pooling_by_hand() -> None:
    """A rise belongs to the winner now, a fall to the winner before."""
    network = build(nn.Sequential(nn.MaxPool2d((1, 2)), nn.Flatten()), 1, 4, 1)
    batch = torch.tensor([[[[1.0, 3.0, 0.5, 0.2]]]], dtype=DOUBLE)
    reference = torch.tensor([[[2.0, 0.0, 0.0, 4.0]]], dtype=DOUBLE)
    rise = deeplift(network, batch, 0, baseline=reference)
    fall = deeplift(network, batch, 1, baseline=reference)
    assert rise.values[0, 0].tolist() == pytest.approx([0.0, 1.0, 0.0, 0.0])
    assert fall.values[0, 0].tolist() == pytest.approx([0.0, 0.0, 0.0, -3.5])


def test_contributions_at_a_layer() -> None:
    network, batch = build(seeded(Plain())), noise((2, 3, 16, 16), dtype=DOUBLE)
    found = deeplift(network, batch, 1, layer="bn2")
    assert found.layer == "bn2"
    assert found.values.shape == (2, 8, 8)
    assert float(found.residual.abs().max()) < 1e-10


# ---- batches, memory, and what does not work ----


@pytest.mark.parametrize(("method", "memory"), [(lrp, "0.6MB"), (deeplift, "1.2MB")], ids=["lrp", "deeplift"])
def test_little_memory_changes_nothing(method: Callable[..., object], memory: str) -> None:
    network, batch = build(seeded(Residual())), noise((5, 3, 16, 16), dtype=DOUBLE)
    targets = [0, "1 - 2", 3, None, 1]
    whole = method(network, batch, targets)
    sizes = []
    trace = network.trace
    network.trace = lambda some, names, target: sizes.append(len(some.batch)) or trace(some, names, target)
    pieces = method(network, batch, targets, memory=memory)
    assert max(sizes) < 5
    assert torch.allclose(pieces.values, whole.values, rtol=1e-6, atol=1e-9)
    assert torch.allclose(pieces.residual, whole.residual, atol=1e-7)
    assert pieces.targets == whole.targets
    assert torch.allclose(pieces.score, whole.score)
    with pytest.raises(TargetError, match="There are 3 targets for 5 pictures"):
        method(network, batch, [0, 1, 2], memory=memory)
    with pytest.raises(MemoryLimitError, match="One picture needs"):
        method(network, batch, targets, memory="1KB")


@pytest.mark.parametrize("method", [lrp, deeplift], ids=["lrp", "deeplift"])
def test_a_pinned_batch(method: Callable[..., object]) -> None:
    free = build(seeded(Residual()))
    pinned = Network(seeded(PinnedBatch(2)).double(), Preparation(16, 16), batch=2)
    assert pinned.pinned == 2
    batch = noise((3, 3, 16, 16), dtype=DOUBLE)
    found = method(pinned, batch, 1)
    assert found.values.shape == (3, 16, 16)
    assert float((found.values[:1] - method(pinned, batch[:1], 1).values).abs().max()) < 1e-6
    assert method(free, batch, 1).values.shape == (3, 16, 16)


@pytest.mark.parametrize("method", [lrp, deeplift], ids=["lrp", "deeplift"])
def test_an_operation_without_a_rule_is_named(method: Callable[..., object]) -> None:
    network = build(seeded(LayerNorm()), 8, 8)
    message = r"no rule for the operation layer_norm at 'layer_norm' \(layer 'norm'\).*saliency"
    with pytest.raises(MethodError, match=message):
        method(network, noise((1, 3, 8, 8), dtype=DOUBLE))


def test_two_signals_multiplied_have_no_relevance_rule() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)

        def forward(self, x: Tensor) -> Tensor:
            return (self.one(x) * self.other(x)).mean((2, 3))

    network, batch = build(seeded(Model()), 8, 8), noise((2, 3, 8, 8), dtype=DOUBLE)
    with pytest.raises(MethodError, match="operation mul"):
        lrp(network, batch, 0)
    assert float(deeplift(network, batch, 0).residual.abs().max()) < 1e-10


@pytest.mark.parametrize("method", [lrp, deeplift], ids=["lrp", "deeplift"])
def test_layers_that_do_not_fit(method: Callable[..., object]) -> None:
    network, batch = build(seeded(Plain())), noise((1, 3, 16, 16), dtype=DOUBLE)
    assert method(network, batch, layer="bn1").values.shape == (1, 16, 16)
    with pytest.raises(LayerError, match="'conv1' is one with the batch-norm after it"):
        method(network, batch, layer="conv1")
    with pytest.raises(LayerError, match=r"'fc' has shape .* without rows and columns"):
        method(network, batch, layer="fc")
    with pytest.raises(TargetError, match="does not depend on the logits by a derivative"):
        method(network, batch, lambda z: z.detach()[:, 0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"composite": "epsilon-max"}, "no composite 'epsilon-max'.*epsilon-plus-flat"),
        ({"epsilon": -1.0}, "epsilon is -1.0"),
        ({"gamma": float("nan")}, "gamma is nan"),
        ({"composite": "alpha-beta", "alpha": 0.5}, "alpha is 0.5"),
    ],
)
def test_wrong_options(options: dict[str, object], message: str) -> None:
    """The function itself, for the type checker of the tests lets no other word come to it."""
    network = build(seeded(Plain()))
    with pytest.raises(MethodError, match=message):
        inspect.unwrap(lrp)(network, noise((1, 3, 16, 16), dtype=DOUBLE), **options)


def test_a_baseline_of_the_wrong_shape() -> None:
    network = build(seeded(Plain()))
    with pytest.raises(MethodError, match="baseline has shape"):
        deeplift(network, noise((1, 3, 16, 16), dtype=DOUBLE), baseline=torch.zeros(3, 8, 8))


def test_baselines_that_differ_between_pictures() -> None:
    network, batch = build(seeded(Plain())), noise((3, 3, 16, 16), dtype=DOUBLE)
    references = noise((3, 3, 16, 16), seed=9, dtype=DOUBLE)
    together = deeplift(network, batch, 1, baseline=references)
    for place in range(3):
        alone = deeplift(network, batch[place : place + 1], 1, baseline=references[place])
        assert torch.allclose(together.values[place], alone.values[0], rtol=1e-5, atol=1e-8)
