"""Class activation maps against their formulas, on networks small enough for the formula."""

import inspect
from dataclasses import replace
from typing import Any

import pytest
import torch
from oracles import activation as oracle
from oracles.maps import cam as class_activation
from small_networks import ConvolutionHead, Flat, OneLogit, Plain, Residual, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import (
    ablationcam,
    cam,
    eigencam,
    eigengradcam,
    finercam,
    gradcam,
    gradcam_plus_plus,
    guided_gradcam,
    hirescam,
    layercam,
    saliency,
    scorecam,
    xgradcam,
)
from tapetum.attribution.rectifiers import GUIDED
from tapetum.errors import LayerError, MemoryLimitError, MethodError, NonFiniteError, TargetError
from tapetum.network import Network, Preparation
from tapetum.registry import METHODS

DOUBLE = torch.float64


class Thin(nn.Module):
    """Three feature maps at a third of the picture's size, and a head that is not linear."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, stride=3)
        self.hidden, self.fc = nn.Linear(3 * 4 * 5, 6), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        maps = torch.relu(self.conv(x))
        return self.fc(torch.tanh(self.hidden(maps.flatten(1))))


@pytest.fixture(scope="module")
def thin() -> tuple[Thin, Network]:
    model = seeded(Thin()).double()
    return model, Network(model, Preparation(12, 15), engine="torch")


BATCH = noise((2, 3, 12, 15), dtype=DOUBLE)
TARGETS = [1, 3]


def pieces(model: Thin, picture: int) -> tuple[Tensor, Any]:
    """The feature maps of one picture, and the score as a function of them."""

    def score(maps: Tensor) -> Tensor:
        return model.fc(torch.tanh(model.hidden(maps.reshape(1, -1))))[0, TARGETS[picture]].detach()

    with torch.no_grad():
        return torch.relu(model.conv(BATCH[picture : picture + 1]))[0], score


def close(found: Tensor, expected: Tensor) -> bool:
    largest = float(expected.abs().max())
    return largest > 0 and float((found.double() - expected).abs().max()) <= 1e-6 * largest


GRADIENT = {
    "gradcam-plus-plus": oracle.grad_cam_plus_plus,
    "xgradcam": oracle.xgrad_cam,
    "hirescam": lambda a, g: (a * g).sum(0),
    "layercam": oracle.layer_cam,
    "eigengradcam": lambda a, g: oracle.first_component(a * g, (a * g).mean(0)),
    "eigencam": lambda a, g: oracle.first_component(a, a.mean(0)),
    "gradcam": lambda a, g: (g.mean((1, 2))[:, None, None] * a).sum(0),
}


@pytest.mark.parametrize("key", GRADIENT)
def test_methods_on_gradients_by_central_differences(key: str, thin: tuple[Thin, Network]) -> None:
    model, network = thin
    found = METHODS[key](network, BATCH, TARGETS, layer="relu")
    for picture in range(2):
        maps, score = pieces(model, picture)
        expected = GRADIENT[key](maps, oracle.slopes(maps, score))
        assert close(found.values[picture], expected), key


@pytest.mark.parametrize("rows", [3, 40])
def test_the_first_component_of_wide_and_of_long_matrices(rows: int) -> None:
    """More channels than places, and more places than channels, take different ways to the same map."""
    from tapetum.attribution.eigencam import first_component

    maps = noise((2, 10, rows, 2), dtype=DOUBLE)
    for found, one in zip(first_component(maps), maps, strict=True):
        assert close(found, oracle.first_component(one, one.mean(0)))


@pytest.mark.parametrize("weights", ["softmax", "increase"])
@pytest.mark.parametrize("baseline", ["mean", "white"])
def test_scorecam_by_brute_force(weights: Any, baseline: str, thin: tuple[Thin, Network]) -> None:
    model, network = thin
    found = scorecam(network, BATCH, TARGETS, weights=weights, baseline=baseline, layer="relu")
    hidden = torch.full_like(BATCH[0], 0.0 if baseline == "mean" else 1.0)
    for picture in range(2):
        maps, _ = pieces(model, picture)
        expected = oracle.score_cam(
            BATCH[picture],
            maps,
            lambda x, picture=picture: model(x)[0, TARGETS[picture]].detach(),
            hidden,
            softmax=weights == "softmax",
        )
        assert close(found.values[picture], expected)


def test_ablationcam_by_brute_force(thin: tuple[Thin, Network]) -> None:
    model, network = thin
    passes = network.passes["forward"]
    found = ablationcam(network, BATCH, TARGETS, layer="relu")
    assert network.passes["forward"] == passes + 2  # the trunk runs once per picture
    for picture in range(2):
        maps, score = pieces(model, picture)
        assert close(found.values[picture], oracle.ablation_cam(maps, score))


@pytest.mark.parametrize("layer", ["stem", "block1", "mul", "block2.1"])
def test_ablationcam_where_values_bypass_the_layer(layer: str) -> None:
    """What bypasses the layer is that of the same picture."""
    network = Network(seeded(Residual()).double(), Preparation(6, 5), engine="torch")
    batch = noise((3, 3, 6, 5), dtype=DOUBLE)
    found = ablationcam(network, batch, 2, layer=layer)
    tail = network.tail(network.layer(layer))
    starts = tail.starts(batch)
    for picture in range(3):
        others = [value[picture : picture + 1] for value in starts[1:]]
        expected = oracle.ablation_cam(
            starts[0][picture], lambda a, others=others: tail(a, *others)[0, 2].detach()
        )
        assert close(found.values[picture], expected)


@pytest.mark.parametrize("memory", ["60kB", "1GiB"])
def test_the_size_of_chunks_changes_nothing(memory: str) -> None:
    network = Network(seeded(Plain()).double(), Preparation(16, 16), engine="torch")
    batch = noise((2, 3, 16, 16), dtype=DOUBLE)
    for method in (scorecam, ablationcam):
        expected = method(network, batch, 1).values
        assert torch.allclose(method(network, batch, 1, memory=memory).values, expected, rtol=1e-6)
        with pytest.raises(MemoryLimitError, match="more than the limit '1kB'"):
            method(network, batch, 1, memory="1kB")


@pytest.mark.parametrize(
    "model", [Plain(), OneLogit(), ConvolutionHead(), Residual()], ids=lambda m: type(m).__name__
)
def test_gradcam_is_cam_divided_by_the_number_of_places(model: nn.Module) -> None:
    network = Network(seeded(model, 3).double(), Preparation(12, 10), engine="torch")
    batch = noise((3, 3, 12, 10), dtype=DOUBLE)
    for target in (1, "class 1 - class 0", lambda z: z[:, 0] ** 2):
        whole = cam(network, batch, target)
        places = whole.values.shape[1] * whole.values.shape[2]
        mean = gradcam(network, batch, target, layer=whole.layer)
        assert bool(mean.values.any())
        assert torch.allclose(whole.values, places * mean.values, rtol=1e-5, atol=1e-9)


def test_cam_is_the_weighted_sum_and_its_mean_the_score() -> None:
    model = seeded(Plain()).double()
    network = Network(model, Preparation(12, 10), engine="torch")
    batch = noise((2, 3, 12, 10), dtype=DOUBLE)
    found = cam(network, batch, 4)
    with torch.no_grad():
        maps = model.features(batch)
    for picture in range(2):
        assert close(found.values[picture], class_activation(maps[picture], model.fc.weight[4].detach()))
        share = float(network(batch)[picture, 4] - model.fc.bias[4].detach())
        assert float(found.values[picture].double().mean()) == pytest.approx(share, rel=1e-5)


def test_cam_says_where_it_does_not_apply() -> None:
    network = Network(seeded(Flat()), Preparation(28, 28, 1))
    with pytest.raises(LayerError, match=r"does not end in mean pooling.*gradcam, layercam, saliency"):
        cam(network, noise((1, 1, 28, 28)))

    def flat(z: Tensor) -> Tensor:
        return z.detach()[:, 0]

    with pytest.raises(TargetError, match="does not depend on the logits"):
        cam(Network(seeded(Plain()), Preparation(8, 8)), noise((1, 3, 8, 8)), flat)


def test_hirescam_and_xgradcam_keep_the_sum_of_the_evidence(thin: tuple[Thin, Network]) -> None:
    """Both maps sum to the first-order share of the layer."""
    _, network = thin
    sums = [m(network, BATCH, TARGETS, layer="relu").values.sum((1, 2)) for m in (hirescam, xgradcam)]
    assert torch.allclose(*sums, rtol=1e-5)


def test_finercam_is_gradcam_of_the_difference() -> None:
    network = Network(seeded(Plain()).double(), Preparation(12, 12), engine="torch")
    batch = noise((3, 3, 12, 12), dtype=DOUBLE)
    logits = network(batch)
    order = (logits - logits[:, 2:3]).abs().argsort(1)
    found = finercam(network, batch, 2, alpha=0.8, references=2)
    for picture in range(3):
        _, first, second = order[picture, :3].tolist()
        expected = gradcam(
            network,
            batch[picture : picture + 1],
            lambda z, a=first, b=second: z[:, 2] - 0.4 * (z[:, a] + z[:, b]),
        )
        assert close(found.values[picture], expected.values[0].double())
    assert torch.allclose(found.score, logits[:, 2].float())
    assert found.targets[0].label == "class 2"
    assert torch.equal(finercam(network, batch, 2, alpha=0.0).values, gradcam(network, batch, 2).values)
    few = finercam(network, batch, 2, references=4).values
    assert torch.equal(finercam(network, batch, 2, references=100).values, few)


def test_finercam_needs_another_class() -> None:
    network = Network(seeded(OneLogit()), Preparation(8, 8), ["frown", "smile"])
    with pytest.raises(TargetError, match="no other class is left"):
        finercam(network, noise((1, 3, 8, 8)), "smile - frown")


def test_guided_rectifiers() -> None:
    values = torch.tensor([-1.0, 0.5, 5.0, 7.0], requires_grad=True)
    back = torch.tensor([1.0, -1.0, 2.0, 3.0])
    guided_relu = GUIDED.functions[torch.ops.aten.relu.default]
    guided_hardtanh = GUIDED.functions[torch.ops.aten.hardtanh.default]
    relu, relu6 = guided_relu(values), guided_hardtanh(values, 0.0, 6.0)
    assert torch.equal(relu, values.relu())
    assert torch.equal(relu6, nn.functional.relu6(values))
    assert torch.autograd.grad(relu, values, back)[0].tolist() == [0.0, 0.0, 2.0, 3.0]
    assert torch.autograd.grad(relu6, values, back)[0].tolist() == [0.0, 0.0, 2.0, 0.0]
    assert torch.autograd.grad(guided_hardtanh(values), values, back)[0].tolist() == [0.0, -1.0, 0.0, 0.0]


def test_guided_gradcam_is_both_multiplied() -> None:
    """In a network whose gradients at the rectifiers are all positive, guided is the plain gradient."""
    model = seeded(Plain()).double()
    for name, value in model.named_parameters():
        if name.startswith("fc") or name == "conv2.weight":
            value.data.abs_()
    network = Network(model, Preparation(12, 12), engine="torch")
    batch = noise((2, 3, 12, 12), dtype=DOUBLE)
    found = guided_gradcam(network, batch, 1)
    coarse = gradcam(network, batch, 1)
    places = replace(coarse, values=coarse.values.relu()).at_picture_size()
    assert close(found.values, (places * saliency(network, batch, 1).values).double())
    assert found.quantity == "sensitivity"


FUSING = [
    key
    for key, method in METHODS.items()
    if method.family == "class activation" and "layer" in [option.name for option in method.options]
]


@pytest.mark.parametrize("key", FUSING)
def test_several_layers_fused(key: str) -> None:
    network = Network(seeded(Plain()).double(), Preparation(12, 12), engine="torch")
    batch = noise((2, 3, 12, 12), dtype=DOUBLE)
    method = METHODS[key]
    together = method(network, batch, 1, layer="relu+bn2")
    assert together.layer == "relu+bn2"
    assert torch.equal(together.values, method(network, batch, 1, layer=["relu", "bn2"]).values)
    if key == "guided-gradcam":
        return
    apart = [method(network, batch, 1, layer=name).values.double() for name in ("relu", "bn2")]
    assert together.values.shape == (2, 12, 12)
    for picture in range(2):
        assert close(together.values[picture], oracle.fused([one[picture] for one in apart], (12, 12)))


def test_layers_fused_share_one_forward_pass() -> None:
    network = Network(seeded(Plain()), Preparation(12, 12), engine="torch")
    gradcam(network, noise((2, 3, 12, 12)), 1, layer="relu+bn2+relu.2")
    assert network.passes["forward"] == 2


def test_layers_that_cannot_be_fused() -> None:
    network, batch = Network(seeded(Plain()), Preparation(12, 12)), noise((1, 3, 12, 12))
    with pytest.raises(LayerError, match=r"no layer 'relv'.*relu"):
        layercam(network, batch, layer="relu+relv")
    with pytest.raises(LayerError, match=r"fc.*without rows and columns.*Choose one of"):
        layercam(network, batch, layer=["relu", "fc"])
    with pytest.raises(LayerError, match="list of layers is empty"):
        layercam(network, batch, layer=[])


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        (finercam, {"alpha": -0.1}, "finercam:alpha is -0.1"),
        (finercam, {"alpha": float("nan")}, "finercam:alpha is nan"),
        (finercam, {"references": 0}, "finercam:references is 0"),
        (scorecam, {"weights": "linear"}, "no weights 'linear'"),
        (scorecam, {"baseline": "pink"}, "baseline 'pink' is no word"),
        (scorecam, {"baseline": noise((3, 4, 4))}, r"shape \(3, 4, 4\)"),
        (scorecam, {"memory": "much"}, "'much' is no size"),
        (ablationcam, {"memory": -1}, "-1 is no size"),
    ],
)
def test_options_that_have_no_meaning(method: Any, options: dict[str, Any], message: str) -> None:
    network = Network(seeded(Plain()), Preparation(12, 12))
    with pytest.raises((MethodError, MemoryLimitError), match=message):
        inspect.unwrap(method)(network, noise((1, 3, 12, 12)), 1, **options)


def test_a_gradient_that_is_not_finite() -> None:
    def root(z: Tensor) -> Tensor:
        return (z[:, 0] - z[:, 0].detach()).abs().sqrt()

    network = Network(seeded(Plain()), Preparation(12, 12))
    for method in (gradcam, gradcam_plus_plus, xgradcam, hirescam, layercam, eigengradcam, cam):
        with pytest.raises(NonFiniteError, match="NaN or infinity"):
            method(network, noise((1, 3, 12, 12)), root)


def test_eigencam_explains_every_class_alike() -> None:
    network, batch = Network(seeded(Plain()), Preparation(12, 12)), noise((2, 3, 12, 12))
    assert torch.equal(eigencam(network, batch, 0).values, eigencam(network, batch, 3).values)
