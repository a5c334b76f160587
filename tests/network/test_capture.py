"""Hand-made networks with every habit that has troubled a library of this kind."""

import copy
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from small_networks import (
    AlwaysDrops,
    BatchStatistics,
    Branches,
    ConvolutionHead,
    Counts,
    Ending,
    Flat,
    HiddenList,
    NoPlaces,
    OneLogit,
    PinnedBatch,
    Plain,
    Residual,
    Reused,
    Several,
    WritesThroughViews,
    noise,
    seeded,
)
from torch import Tensor, nn
from untouched import untouched

from tapetum.errors import CaptureError, LayerError, ModelError, NonFiniteError
from tapetum.network import Network, Preparation

EXACT: dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int]]] = {
    "functional activations in place": (Plain, (3, 16, 16)),
    "not square": (Plain, (3, 12, 20)),
    "residual": (Residual, (3, 16, 16)),
    "reused": (Reused, (3, 12, 12)),
    "grey 28 × 28 with flatten and linear": (Flat, (1, 28, 28)),
    "1 × 1 convolution head": (ConvolutionHead, (3, 15, 15)),
    "writes through views": (WritesThroughViews, (3, 12, 12)),
    "own batch statistics": (BatchStatistics, (3, 12, 12)),
    "modules in a list": (HiddenList, (3, 12, 12)),
    "no places": (NoPlaces, (3, 8, 8)),
    "in double precision": (lambda: Plain().double(), (3, 16, 16)),
    "frozen": (lambda: Plain().requires_grad_(False), (3, 16, 16)),
}


def build(model: nn.Module, shape: tuple[int, int, int] = (3, 16, 16), **options: Any) -> Network:
    return Network(model, Preparation(shape[1], shape[2], shape[0]), **options)


@pytest.mark.parametrize("habit", EXACT)
def test_logits_are_bit_for_bit_those_of_the_model(habit: str) -> None:
    make, shape = EXACT[habit]
    model = seeded(make()).train()
    batch = noise((3, *shape), dtype=next(model.parameters()).dtype)
    with untouched(model, batch):
        network = build(model, shape)
        logits = network(batch)
        network.gradient(network.inputs(batch), None)
    with torch.no_grad():
        answer = copy.deepcopy(model).eval()(batch).flatten(1)
    assert torch.equal(logits, answer)
    assert torch.equal(network(batch[:1]), copy.deepcopy(model).eval()(batch[:1]).flatten(1).detach())
    assert logits.dtype == batch.dtype
    assert not logits.requires_grad


def test_a_module_called_twice_is_two_layers() -> None:
    model = seeded(Reused())
    batch = noise((2, 3, 12, 12))
    with torch.no_grad():
        first = F.relu(model.conv(batch))
        second = F.relu(model.conv(first))
    values = build(model, (3, 12, 12)).activations(batch, ["relu", "conv#2", "relu#2"])
    assert torch.equal(values["relu"], first)
    assert torch.equal(values["relu#2"], second)
    assert not torch.equal(values["conv#2"], values["relu"])


@pytest.mark.parametrize("names", [True, False])
def test_several_outputs(names: bool) -> None:
    model = seeded(Several(names=names))
    batch = noise((2, 3, 16, 16))
    with torch.no_grad():
        answers = model(batch)
    by_name = answers if names else dict(zip("012", answers, strict=True))
    assert torch.equal(build(model)(batch), by_name["logits" if names else "1"])
    chosen = "aux" if names else 2
    assert torch.equal(build(model, output=chosen)(batch), by_name[str(chosen)])
    with pytest.raises(
        CaptureError, match="no output 'maps'.*Choose: " + ("aux, logits" if names else "1, 2")
    ):
        build(model, output="maps")


def test_maps_alone_are_no_classifier() -> None:
    with pytest.raises(CaptureError, match="return the logits"):
        build(nn.Conv2d(3, 4, 3))


@pytest.mark.parametrize("sigmoid", [True, False])
@pytest.mark.parametrize("squeeze", [True, False])
def test_one_logit(sigmoid: bool, squeeze: bool) -> None:
    model = seeded(OneLogit(sigmoid=sigmoid, squeeze=squeeze))
    batch = noise((4, 3, 16, 16))
    network = build(model, labels=["frown", "smile"])
    with torch.no_grad():
        logit = model.body(batch)
    assert torch.equal(network(batch), logit)
    for row, prediction in enumerate(network.predict(batch)):
        by_label = {score.label: score for score in prediction}
        assert by_label["smile"].logit == pytest.approx(float(logit[row, 0]), abs=1e-6)
        assert by_label["frown"].logit == -by_label["smile"].logit
        assert by_label["smile"].probability == pytest.approx(float(torch.sigmoid(logit[row, 0])), abs=1e-6)
        assert prediction[0].probability >= prediction[1].probability


@pytest.mark.parametrize(
    ("ending", "probability"),
    [
        (nn.Softmax(1), lambda z: torch.softmax(z, 1)),
        (nn.Softmax(-1), lambda z: torch.softmax(z, 1)),
        (nn.LogSoftmax(1), lambda z: torch.softmax(z, 1)),
        (nn.Sigmoid(), torch.sigmoid),
        (nn.Identity(), lambda z: torch.softmax(z, 1)),
    ],
)
def test_a_final_activation_is_cut_off_and_applied_by_predict(
    ending: nn.Module, probability: Callable[[Tensor], Tensor]
) -> None:
    model = seeded(Ending(ending))
    with torch.no_grad():
        model.body.fc.weight.mul_(300.0)  # differences beyond 100 underflow in softmax, and must not here
    batch = noise((2, 3, 16, 16))
    network = build(model)
    with torch.no_grad():
        logits = model.body(batch)
    assert torch.equal(network(batch), logits)
    for row, prediction in enumerate(network.predict(batch)):
        for score in prediction:
            assert score.probability == pytest.approx(float(probability(logits)[row, score.index]), abs=1e-6)


def test_one_class_of_a_softmax_is_not_taken_for_a_logit() -> None:
    class Chance(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = Plain(classes=2)

        def forward(self, x: Tensor) -> Tensor:
            return torch.softmax(self.body(x), 1)[:, 1]

    model = seeded(Chance())
    batch = noise((2, 3, 16, 16))
    assert torch.equal(build(model)(batch)[:, 0], model(batch).detach())


@pytest.mark.parametrize("whole", [True, False])
def test_compiled_models_are_captured_as_what_they_compile(whole: bool) -> None:
    plain = seeded(Residual())
    batch = noise((2, 3, 16, 16))
    if whole:
        model = torch.compile(plain, backend="eager")
    else:
        model = copy.deepcopy(plain)
        model.block1 = torch.compile(model.block1, backend="eager")
    with untouched(model, batch):
        network = build(model)
        logits = network(batch)
    assert torch.equal(logits, plain(batch).detach())
    assert {"block1", "block1.0", "stem"} <= {layer.name for layer in network.layers}
    with torch.no_grad():
        plain.head.bias.add_(1.0)
        if not whole:
            model.head.bias.add_(1.0)
    assert torch.allclose(network(batch), logits + 1.0)


@pytest.mark.parametrize("pinned", [1, 2])
def test_a_pinned_batch_size_is_found_and_run_in_pieces(pinned: int) -> None:
    model = seeded(PinnedBatch(pinned))
    _check_pieces(build(model), model)


def test_a_pinned_batch_size_that_is_given() -> None:
    model = seeded(PinnedBatch(3))
    with pytest.raises(CaptureError, match="PinnedBatch cannot be captured"):
        build(model)
    _check_pieces(build(model, batch=3), model)


def _check_pieces(network: Network, model: nn.Module) -> None:
    free = build(model.body)
    for count in (1, 2, 3, 5):
        batch = noise((count, 3, 16, 16))
        assert torch.allclose(network(batch), free(batch), atol=1e-6)
        for layer in (None, "block2", "head"):
            ours, theirs = (
                net.gradient(net.inputs(batch), 1, None if layer is None else net.layer(layer))
                for net in (network, free)
            )
            assert torch.allclose(ours.values, theirs.values, atol=1e-6)
            assert torch.allclose(ours.at, theirs.at, atol=1e-6)
        assert [p[0].index for p in network.predict(batch)] == free(batch).argmax(1).tolist()


def test_layers_that_do_not_lead_with_the_batch_size_run_in_pieces_too() -> None:
    class Windows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.fc = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            halves = x.view(2, 3, 2, 4, 8).permute(0, 2, 1, 3, 4).reshape(4, 3, 4, 8)
            maps = torch.relu(self.body(halves))
            return self.fc(maps.mean((2, 3))).view(2, 2, 2).sum(1)

    model = seeded(Windows())
    network = build(model, (3, 8, 8))
    batch = noise((5, 3, 8, 8))
    found = network.gradient(network.inputs(batch), 0, network.layer("body"))
    assert found.values.shape == (10, 4, 4, 8)
    expected = model.fc.weight[0].detach() / 32
    positive = found.at > 0
    assert torch.allclose(found.values, positive * expected[:, None, None], atol=1e-7)
    assert torch.allclose(found.aim.logits[:2], model(batch[:2]).detach(), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype) -> None:
    model = seeded(Plain()).to(dtype)
    batch = noise((2, 3, 16, 16))
    with untouched(model, batch):
        network = build(model)
        logits = network(batch.to(dtype))
    expected = copy.deepcopy(model).float()(batch.to(dtype).float()).detach()
    assert logits.dtype == torch.float32
    assert torch.equal(logits, expected)
    with torch.no_grad():
        model.fc.bias.add_(1.0)
    assert torch.allclose(network(batch.to(dtype)), expected + 1.0, atol=0.02)


@pytest.mark.parametrize(
    "mode",
    [
        torch.no_grad,
        torch.inference_mode,
        lambda: torch.autocast("cpu", torch.bfloat16),
        torch.enable_grad,
    ],
)
def test_what_is_switched_on_around_the_call_does_not_matter(mode: Callable[[], Any]) -> None:
    expected = build(seeded(Plain()))
    batch = noise((2, 3, 16, 16))
    with mode():
        made_inside = seeded(Plain())
        inside = batch.clone()
        network = build(made_inside)
        logits = network(inside)
        inner = network.gradient(network.inputs(inside), 1)
        layered = network.gradient(network.inputs(inside), 1, network.layer())
    assert torch.equal(logits, expected(batch))
    assert torch.allclose(inner.values, expected.gradient(expected.inputs(batch), 1).values, atol=1e-7)
    assert torch.isfinite(layered.values).all()
    outside = network.gradient(network.inputs(inside), 1)
    assert torch.equal(outside.values, inner.values)


def test_a_hook_that_looks_on_is_never_called_by_the_network() -> None:
    model, seen = seeded(Plain()), []
    model.conv2.register_forward_hook(lambda module, given, value: seen.append(value.shape))
    model.conv1.register_full_backward_hook(lambda *_: seen.append("backward"))
    model(noise((2, 3, 16, 16)).requires_grad_()).sum().backward()
    batch = noise((2, 3, 16, 16))
    with untouched(model, batch):
        network = build(model)
        seen.clear()
        network(batch)
        network.gradient(network.inputs(batch), 0)
        network.gradient(network.inputs(batch), 0, network.layer("conv1"))
    assert seen == []


def test_a_hook_that_changes_the_output_is_part_of_the_network() -> None:
    model = seeded(Plain())
    before = build(model)(noise((2, 3, 16, 16)))
    model.conv2.register_forward_hook(lambda module, given, value: value * 0.5)
    batch = noise((2, 3, 16, 16))
    with untouched(model, batch):
        logits = build(model)(batch)
    assert torch.equal(logits, model(batch).detach())
    assert not torch.allclose(logits, before)


def test_a_hook_that_is_a_method_of_the_model_writes_to_no_model_of_the_callers() -> None:
    class Remembers(Plain):
        def __init__(self) -> None:
            super().__init__()
            self.last: Tensor | None = None
            self.conv2.register_forward_hook(self.keep)

        def keep(self, module: nn.Module, given: Any, value: Tensor) -> None:
            self.last = value

    model = seeded(Remembers())
    with untouched(model):
        build(model)
    assert model.last is None


def test_reparametrised_weights() -> None:
    model = seeded(Plain())
    nn.utils.parametrizations.weight_norm(model.conv1)
    nn.utils.parametrizations.spectral_norm(model.fc)
    with pytest.warns(FutureWarning, match="weight_norm"):
        nn.utils.weight_norm(model.conv2)
    batch = noise((2, 3, 16, 16))
    model(batch).sum().backward()
    with untouched(model, batch):
        network = build(model)
        logits = network(batch)
    assert torch.equal(logits, model(batch).detach())
    with torch.no_grad():
        model.conv2.weight_g.mul_(2.0)
    assert torch.equal(network(batch), model(batch).detach())
    table = {layer.name: layer for layer in network.layers}
    assert table["conv1"].parameters == sum(p.numel() for p in model.conv1.parameters())
    assert network.parameters == sum(p.numel() for p in model.parameters())


def test_a_branch_on_values_names_the_line_of_the_model() -> None:
    with pytest.raises(
        CaptureError, match=r"Branches cannot be captured.*small_networks\.py, line \d+"
    ) as caught:
        build(seeded(Branches()))
    line = int(str(caught.value).split("small_networks.py, line ")[1].split(" ")[0])
    source = (Path(__file__).parents[1] / "small_networks.py").read_text().splitlines()
    assert "the capture stops here" in source[line - 1]


def test_what_is_random_in_evaluation_is_refused() -> None:
    with pytest.raises(CaptureError, match="does not compute the same thing twice"):
        build(seeded(AlwaysDrops()))


def test_nan_weights() -> None:
    model = seeded(Plain())
    with torch.no_grad():
        model.conv1.weight[0, 0, 0, 0] = float("nan")
    with pytest.raises(NonFiniteError, match="Check its weights"):
        build(model)


def test_weights_that_become_nan_later() -> None:
    model = seeded(Plain())
    network = build(model)
    with torch.no_grad():
        model.fc.weight.fill_(float("nan"))
    with pytest.raises(NonFiniteError, match="Check its weights"):
        network.predict(noise((1, 3, 16, 16)))


def test_buffers_that_a_forward_changes_stay_as_they_are() -> None:
    model = seeded(Counts())
    batch = noise((2, 3, 16, 16))
    with untouched(model, batch):
        network = build(model)
        first, second = network(batch), network(batch)
    assert torch.equal(first, second)
    assert torch.equal(first, model(batch).detach())


def test_modules_in_a_list_are_seen_as_they_are_now() -> None:
    model = seeded(HiddenList())
    batch = noise((2, 3, 12, 12))
    network = build(model, (3, 12, 12))
    with torch.no_grad():
        model.hidden[0].weight.mul_(2.0)
    assert torch.equal(network(batch), model(batch).detach())
    logits, _, _ = network.evaluate(batch)
    assert torch.allclose(logits, model(batch).detach(), atol=1e-5)


def test_a_weight_that_changes_shape_is_an_error() -> None:
    model = seeded(Plain())
    network = build(model)
    model.fc.bias = nn.Parameter(torch.zeros(7))
    with pytest.raises(ModelError, match=r"shape \(5,\).*has \(7,\) now"):
        network(noise((1, 3, 16, 16)))


def test_a_model_that_cannot_be_copied() -> None:
    model = seeded(Plain())
    model.lock = threading.Lock()
    with pytest.raises(CaptureError, match=r"cannot be copied.*lock"):
        build(model)


def test_no_layer_with_places() -> None:
    network = build(seeded(NoPlaces()), (3, 8, 8))
    assert network.stages == ()
    assert all(layer.receptive_field is None for layer in network.layers)
    with pytest.raises(LayerError, match=r"has no layer with rows and columns.*saliency"):
        network.layer()


def test_layer_names() -> None:
    network = build(seeded(Residual()))
    assert network.layer("block2.1").name == "block2.1"
    assert network.layer("gate").name == "gate"
    with pytest.raises(LayerError, match=r"fits 2 layers.*block1\.0, block2\.0"):
        network.layer("0")
    with pytest.raises(LayerError, match=r"nearest names are: .*block1"):
        network.layer("blok1")
    names = [layer.name for layer in network.layers]
    assert len(set(names)) == len(names)
    assert {"add", "add.2", "relu", "relu.2", "cat", "mul"} <= set(names)


def test_wrong_labels() -> None:
    with pytest.raises(ModelError, match="1000 labels for 5 classes"):
        build(seeded(Plain()), labels=[str(i) for i in range(1000)])
    with pytest.raises(ModelError, match="one logit has two classes"):
        build(seeded(OneLogit()), labels=["smile"])


def test_another_size_is_another_capture_of_the_same_weights() -> None:
    model = seeded(Plain())
    network = build(model)
    larger = network.at_size(24, 20)
    batch = noise((2, 3, 24, 20))
    assert torch.equal(larger(batch), model(batch).detach())
    assert network.at_size(24, 20) is larger
    for columns in range(21, 29):
        network.at_size(24, columns)
    assert network.at_size(24, 28) is network.at_size(24, 28)
    assert network.at_size(24, 20) is not larger, "only the last ones are kept"
    assert network.at_size(16, 16) is network
