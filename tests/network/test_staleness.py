"""The folded twin is a copy: whatever moves the caller's weights must reach it before the next answer."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_networks import Plain, noise, seeded
from torch import Tensor, nn

from tapetum.network import Network, Preparation

BATCH = noise((4, 3, 16, 16))


def _trained(model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    model.train()
    nn.functional.cross_entropy(model(BATCH), torch.tensor([0, 1, 2, 3])).backward()
    optimiser.step()
    model.eval()


def _by_optimiser(make: Callable[[nn.Module], torch.optim.Optimizer]) -> Callable[[nn.Module], None]:
    return lambda model: _trained(model, make(model))


def _statistics_only(model: nn.Module) -> None:
    model.train()
    with torch.no_grad():
        model(BATCH)
    model.eval()


def _data_replaced(model: nn.Module) -> None:
    model.conv2.weight.data = model.conv2.weight.data * 1.5


def _data_copied(model: nn.Module) -> None:
    model.conv2.weight.data.copy_(model.conv2.weight.data * 1.5)


def _in_place(model: nn.Module) -> None:
    with torch.no_grad():
        model.fc.weight.mul_(1.5)


def _new_parameter(model: nn.Module) -> None:
    model.fc.weight = nn.Parameter(model.fc.weight.detach() * 1.5)


def _loaded(assign: bool) -> Callable[[nn.Module], None]:
    return lambda model: model.load_state_dict(seeded(Plain(), seed=5).state_dict(), assign=assign)


def _through_numpy(model: nn.Module) -> None:
    model.bn1.running_mean.numpy()[:] += 0.5


CHANGES: dict[str, Callable[[nn.Module], None]] = {
    "fused SGD": _by_optimiser(lambda m: torch.optim.SGD(m.parameters(), 0.1, fused=True)),
    "fused Adam": _by_optimiser(lambda m: torch.optim.Adam(m.parameters(), 0.01, fused=True)),
    "foreach Adam": _by_optimiser(lambda m: torch.optim.Adam(m.parameters(), 0.01, foreach=True)),
    "SGD of the head alone": _by_optimiser(lambda m: torch.optim.SGD(m.fc.parameters(), 0.1, fused=True)),
    "batch-norm statistics": _statistics_only,
    ".data =": _data_replaced,
    ".data.copy_": _data_copied,
    "in place": _in_place,
    "a new parameter": _new_parameter,
    "load_state_dict": _loaded(assign=False),
    "load_state_dict(assign=True)": _loaded(assign=True),
    "through numpy": _through_numpy,
}


@pytest.mark.parametrize(
    ("change", "dtype"),
    [(change, torch.float32) for change in CHANGES]
    + [(change, torch.bfloat16) for change in (".data.copy_", "in place", "a new parameter")],
)
def test_answers_follow_the_weights(change: str, dtype: torch.dtype) -> None:
    model = seeded(Plain()).to(dtype)
    network = Network(model, Preparation(16, 16))
    before, _, _ = network.evaluate(BATCH)
    fingerprint = network.fingerprint
    CHANGES[change](model)
    expected = _answer(model)
    after, _, _ = network.evaluate(BATCH)
    assert not torch.allclose(before, expected, rtol=1e-3)
    assert float((after - expected).abs().max()) <= 1e-4 * float(expected.abs().max())
    assert torch.equal(network(BATCH), expected)
    layered = network.gradient(network.inputs(BATCH), 0, network.layer("bn1"))
    assert float((layered.aim.logits - expected).abs().max()) <= 1e-4 * float(expected.abs().max())
    assert network.fingerprint != fingerprint


def _answer(model: nn.Module) -> Tensor:
    with torch.no_grad():
        return Network(model, Preparation(16, 16))(BATCH)


def test_values_remembered_before_a_change_are_forgotten() -> None:
    model = seeded(Plain())
    network = Network(model, Preparation(16, 16))
    layer, inputs = network.layer("bn2"), network.inputs(BATCH)
    with network.remembering(inputs):
        network.evaluate(inputs.batch, [layer])
        _in_place(model)
        logits, values, _ = network.evaluate(inputs.batch, [layer, network.layer("bn1")])
        assert torch.allclose(logits, _answer(model), atol=1e-5)
    assert len(values) == 2


def test_remembering_computes_nothing_twice() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16))
    inputs = network.inputs(BATCH)
    layer = network.layer("bn2")
    with network.remembering(inputs):
        first = network.evaluate(inputs.batch, [layer])
        second = network.evaluate(inputs.batch, [layer])
        other = network.evaluate(inputs.batch.clone(), [layer])
        layered = network.gradient(inputs, 0, layer)
    assert first[0] is second[0]
    assert first[1][0] is second[1][0]
    assert first[0] is not other[0]
    assert layered.at.data_ptr() == first[1][0].data_ptr()
    assert network.evaluate(inputs.batch, [layer])[0] is not first[0]


def test_one_element_of_a_large_weight_is_found_by_refresh() -> None:
    model = nn.Sequential(nn.Conv2d(3, 64, 5), nn.BatchNorm2d(64), nn.Flatten(), nn.Linear(64 * 16, 3)).eval()
    network = Network(model, Preparation(8, 8))
    batch = noise((2, 3, 8, 8))
    network.evaluate(batch)
    fingerprint = network.fingerprint
    model[0].weight.data[17, 1, 2, 3] += 100.0
    network.refresh()
    logits, _, _ = network.evaluate(batch)
    assert torch.allclose(logits, model(batch).detach(), rtol=1e-4, atol=1e-4)
    assert network.fingerprint != fingerprint


def test_the_fingerprint_tells_weights_labels_and_preparation() -> None:
    def mark(model: nn.Module, **options: object) -> str:
        size = options.pop("size", 16)
        return Network(model, Preparation(size, size, mean=(0.5,)), **options).fingerprint

    plain = mark(seeded(Plain()))
    assert len(plain) == 32
    assert int(plain, 16) >= 0
    assert mark(seeded(Plain())) == plain
    assert mark(seeded(Plain()).train()) == plain
    others = [
        mark(seeded(Plain(), seed=1)),
        mark(seeded(Plain()), labels=list("abcde")),
        mark(seeded(Plain()), size=20),
        mark(seeded(Plain()).double()),
    ]
    assert len({plain, *others}) == 5


_SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:]
from small_networks import Residual, seeded
from tapetum.network import Network, Preparation
print(Network(seeded(Residual()), Preparation(16, 16)).fingerprint)
"""


def test_the_fingerprint_is_the_same_in_another_process() -> None:
    from small_networks import Residual

    folders = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *folders], capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout.strip() == Network(seeded(Residual()), Preparation(16, 16)).fingerprint


def test_the_fingerprint_alone_notices_a_change() -> None:
    model = seeded(Plain())
    network = Network(model, Preparation(16, 16))
    before = network.fingerprint
    _in_place(model)
    assert network.fingerprint != before
