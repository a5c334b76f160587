"""What every method promises. It runs over the whole registry; there is no list of exceptions.

Batch against singles is compared in float64: in float32 a batch runs through other kernels than a single
picture, pre-activations change by rounding, and a ReLU within rounding of zero flips its mask, at which the
gradient jumps. In float64 no unit of these seeded networks lies that near to zero.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from small_networks import Flat, OneLogit, Plain, Residual, noise, seeded
from torch import Tensor, nn
from untouched import untouched

from tapetum.errors import LayerError, MethodError, NonFiniteError, TargetError
from tapetum.network import Network, Preparation
from tapetum.pictures import sample
from tapetum.registry import METHODS, Method, find_method
from tapetum.results import Heatmap

LABELS = ["cat", "dog", "leopard", "jaguar", "zebra"]


def quick(method: Method) -> Method:
    """The method with its options for less cost, which keep every promise."""
    return replace(method, function=partial(method.function, **method.quick))


QUICK = [quick(method) for method in METHODS.values()]
every_method = pytest.mark.parametrize("method", QUICK, ids=list(METHODS))


def build(model: nn.Module, rows: int = 16, columns: int = 16, channels: int = 3, **options: Any) -> Network:
    """On torch, for the compiled engine steps in after some calls, and rounds in another way."""
    return Network(model, Preparation(rows, columns, channels), engine="torch", **options)


@pytest.fixture(scope="module")
def plain() -> nn.Module:
    return seeded(Plain())


@pytest.fixture(scope="module")
def network(plain: nn.Module) -> Network:
    return build(plain, labels=LABELS)


@pytest.fixture(scope="module")
def double() -> Network:
    return build(seeded(Plain()).double(), labels=LABELS)


def check(heatmap: Heatmap, method: Method, network: Network, count: int) -> None:
    """Shape, type, finite values, and where they came from."""
    values = heatmap.values
    assert values.dtype == torch.float32
    assert values.dim() == 3
    assert len(values) == len(heatmap) == len(heatmap.targets) == len(heatmap.score) == count
    assert bool(torch.isfinite(values).all())
    assert bool(torch.isfinite(heatmap.score).all())
    assert not values.requires_grad
    assert not heatmap.score.requires_grad
    assert heatmap.method == method.key
    assert heatmap.fingerprint == network.fingerprint
    assert heatmap.size == network.input_shape[1:]
    assert heatmap.at_picture_size().shape == (count, *heatmap.size)
    assert (heatmap.layer is not None) == method.needs_layer
    assert (heatmap.quantity == "evidence") == method.signed
    assert method.signed or bool((values >= 0).all())
    assert (heatmap.residual is not None) == method.complete
    assert set(heatmap.options) <= {option.name for option in method.options}
    assert heatmap.seconds > 0


@every_method
def test_shape_type_and_provenance(method: Method, network: Network) -> None:
    batch = noise((4, 3, 16, 16))
    heatmap = method(network, batch, 2)
    check(heatmap, method, network, 4)
    assert torch.allclose(heatmap.score, network(batch)[:, 2], atol=1e-5)
    assert bool(heatmap.values.any())


@every_method
def test_the_same_twice(method: Method, network: Network) -> None:
    batch = noise((3, 3, 16, 16))
    first, second = method(network, batch, 1), method(network, batch, 1)
    assert torch.equal(first.values, second.values)
    assert torch.equal(first.score, second.score)


@every_method
def test_a_batch_is_its_singles(method: Method, double: Network) -> None:
    batch = noise((4, 3, 16, 16), dtype=torch.float64)
    targets = [0, 3, "dog - zebra", None]
    together = method(double, batch, targets)
    for place, target in enumerate(targets):
        alone = method(double, batch[place : place + 1], target)
        largest = float(alone.values.abs().max())
        assert float((together.values[place] - alone.values[0]).abs().max()) <= 1e-5 * largest
        assert together.targets[place] == alone.targets[0]
        assert float(together.score[place]) == pytest.approx(float(alone.score[0]), rel=1e-5)


@every_method
@pytest.mark.parametrize(
    ("target", "indices", "score"),
    [
        (None, None, lambda z: z.amax(1)),
        (3, (3,), lambda z: z[:, 3]),
        ("leo", (2,), lambda z: z[:, 2]),
        ("leopard - jaguar", (2, 3), lambda z: z[:, 2] - z[:, 3]),
        ([4, "cat"], None, lambda z: z[[0, 1], [4, 0]]),
        (torch.tensor([1, 2]), None, lambda z: z[[0, 1], [1, 2]]),
        (lambda z: z[:, 0] * 2 - z[:, 1], (), lambda z: z[:, 0] * 2 - z[:, 1]),
    ],
    ids=["predicted", "index", "label", "difference", "list", "tensor", "function"],
)
def test_every_kind_of_target(
    method: Method, target: Any, indices: Any, score: Callable[[Tensor], Tensor], network: Network
) -> None:
    batch = noise((2, 3, 16, 16))
    heatmap = method(network, batch, target)
    check(heatmap, method, network, 2)
    assert torch.allclose(heatmap.score, score(network(batch)), atol=1e-5)
    assert indices is None or {t.indices for t in heatmap.targets} == {indices}


@every_method
def test_pictures(method: Method, network: Network) -> None:
    cat, coffee = sample("cat"), sample("coffee")
    heatmap = method(network, [cat, coffee], "zebra")
    check(heatmap, method, network, 2)
    assert len(heatmap.seen) == 2
    batch = method(network, network.prepare([cat, coffee]), "zebra")
    assert torch.equal(heatmap.values, batch.values)
    assert batch.seen == ()
    one = method(network, cat, "zebra")
    assert len(one) == 1
    assert one.draw().size == (16, 16)


@every_method
def test_the_callers_world_is_untouched(method: Method) -> None:
    model = seeded(Plain())
    model(noise((2, 3, 16, 16))).sum().backward()
    model.train()
    model.bn1.eval()
    model.conv1.weight.requires_grad_(False)
    model.conv2.register_forward_hook(lambda module, given, value: None)
    network, batch = build(model, labels=LABELS), noise((2, 3, 16, 16)).requires_grad_()
    with untouched(model, batch):
        method(network, batch)
        with pytest.raises(TargetError):
            method(network, batch, -1)
        with pytest.raises(TargetError):
            method(network, batch, [1, 2, 3])
        with pytest.raises(KeyboardInterrupt):
            method(network, batch, interrupted)
        with pytest.raises(NonFiniteError):
            method(network, batch * float("nan"), 1)
    assert torch.equal(method(network, batch, 1).values, method(network, batch, 1).values)


def interrupted(logits: Tensor) -> Tensor:
    raise KeyboardInterrupt


@every_method
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_input_that_is_not_finite(method: Method, value: float, network: Network) -> None:
    batch = noise((2, 3, 16, 16))
    batch[1, 2, 3, 4] = value
    with pytest.raises(NonFiniteError, match="NaN or infinity"):
        method(network, batch, 0)


@every_method
@pytest.mark.parametrize("where", ["conv1.weight", "fc.weight"])
def test_weights_that_are_not_finite(method: Method, where: str) -> None:
    model = seeded(Plain())
    network, batch = build(model), noise((2, 3, 16, 16))
    model.get_parameter(where).data.fill_(float("nan"))
    with untouched(model, batch), pytest.raises(NonFiniteError, match="NaN or infinity"):
        method(network, batch, 0)


@every_method
def test_no_gradient_reaches_a_weight(method: Method) -> None:
    model, reached = seeded(Plain()), []
    for name, parameter in model.named_parameters():
        parameter.register_hook(lambda gradient, name=name: reached.append(name))
    batch = noise((2, 3, 16, 16)).requires_grad_()
    method(build(model), batch, 0)
    assert reached == []
    assert batch.grad is None
    assert all(parameter.grad is None for parameter in model.parameters())


@every_method
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_inside_a_mode_of_the_callers(method: Method, mode: Callable[[], Any], network: Network) -> None:
    batch = noise((2, 3, 16, 16))
    expected = method(network, batch, 1)
    with mode():
        inside = method(network, batch.clone(), 1)
        fresh = method(build(seeded(Plain())), batch, 1)
    assert torch.equal(inside.values, expected.values)
    assert torch.equal(fresh.values, expected.values)


@every_method
def test_frozen_weights(method: Method, network: Network) -> None:
    frozen = build(seeded(Plain()).requires_grad_(False))
    batch = noise((2, 3, 16, 16))
    assert torch.equal(method(frozen, batch, 1).values, method(network, batch, 1).values)


UNUSUAL: dict[str, Callable[[], tuple[Network, Tensor]]] = {
    "one logit": lambda: (build(seeded(OneLogit()), labels=["frown", "smile"]), noise((2, 3, 16, 16))),
    "one logit, squeezed": lambda: (build(seeded(OneLogit(squeeze=True))), noise((2, 3, 16, 16))),
    "grey": lambda: (build(seeded(Flat()), 28, 28, 1), noise((2, 1, 28, 28))),
    "not square": lambda: (build(seeded(Plain()), 10, 24), noise((2, 3, 10, 24))),
    "residual": lambda: (build(seeded(Residual())), noise((2, 3, 16, 16))),
}


@every_method
@pytest.mark.parametrize("kind", UNUSUAL)
def test_unusual_networks(method: Method, kind: str) -> None:
    network, batch = UNUSUAL[kind]()
    if method.needs_pooled_head and kind == "grey":
        with pytest.raises(LayerError, match=r"does not end in .*Methods that need no such head: \w+"):
            method(network, batch, 1)
        return
    heatmap = method(network, batch, 1)
    check(heatmap, method, network, 2)
    assert heatmap.verdicts()
    if kind.startswith("one logit"):
        other = method(network, batch, 0)
        assert torch.allclose(other.score, -heatmap.score, atol=1e-6)


@every_method
def test_a_dead_network_is_told_in_words(method: Method) -> None:
    model = Plain().eval()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    heatmap = method(build(model), noise((2, 3, 16, 16)), 1)
    assert not bool(heatmap.values.any())
    assert heatmap.verdicts() == ("zero", "zero")
    assert all(text.startswith("No evidence at all") for text in heatmap.sentences())
    assert heatmap.boxes() == (None, None)


@pytest.mark.parametrize(
    "method", [m for m in QUICK if m.signed and m.opposition != "not told"], ids=lambda m: m.key
)
def test_evidence_against_the_class_alone_is_told_in_words(method: Method) -> None:
    """Bright pictures, positive convolutions, a negative head: all that is there speaks against."""
    model = Plain().eval()
    for name, parameter in model.named_parameters():
        nn.init.constant_(parameter, 0.05 if name.startswith("conv") else 1.0 if "bn" in name else -0.1)
    heatmap = method(build(model), noise((2, 3, 16, 16)).abs() + 0.1, 1)
    assert not bool((heatmap.values > 0).any())
    verdict, words = {
        "shown": ("negative", "No positive evidence"),
        "left out": ("zero", "No evidence at all"),
    }[method.opposition]
    assert heatmap.verdicts() == (verdict, verdict)
    assert all(text.startswith(words) for text in heatmap.sentences())


@every_method
def test_an_option_that_it_does_not_have(method: Method, network: Network) -> None:
    with pytest.raises(MethodError, match=f"{method.key} has no option 'colour'"):
        method(network, noise((1, 3, 16, 16)), colour="red")
    assert find_method(method.key).key == method.key


_SCRIPT = """
import gc, json, sys
sys.path[:0] = sys.argv[1:]
import torch
from pathlib import Path
from tapetum.models.torchvision_import import import_torchvision
from tapetum.network import Network, Preparation
from tapetum.registry import METHODS

def kilobytes(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])

torch.manual_seed(0)
network = Network(import_torchvision().models.resnet18(), Preparation(224, 224))
batch = torch.randn(1, 3, 224, 224)
network.predict(batch)
FEW = {"samples": 64, "steps": 32, "design": 4}  # more of them take time, not memory
found = {}
for key, method in METHODS.items():
    names = {option.name for option in method.options}
    options = {**method.quick, **{name: few for name, few in FEW.items() if name in names}}
    gc.collect()
    before = kilobytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    method(network, batch, 1, **options)
    found[key] = (kilobytes("VmHWM") - before) / 1024
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def megabytes() -> dict[str, float]:
    """Peak memory of each method at batch 1 above the loaded ResNet-18, in a process of its own."""
    folders = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *folders], capture_output=True, text=True, timeout=500, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@every_method
@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from Linux's /proc"
)
def test_memory_is_bounded(method: Method, megabytes: dict[str, float]) -> None:
    """What a method takes may have been freed by one before it, so only all together are above zero."""
    assert max(megabytes.values()) > 0
    assert megabytes[method.key] <= 1024
