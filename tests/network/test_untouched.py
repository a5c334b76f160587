"""The caller's world stays bit for bit as it was: after a success, after an error, and when interrupted."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_networks import AlwaysDrops, Branches, Counts, Plain, Residual, noise, seeded
from torch import Tensor, nn
from untouched import untouched

from tapetum.errors import CaptureError, LayerError, PictureError, TargetError
from tapetum.network import Network, Preparation

BATCH = noise((2, 3, 16, 16))


def _lived_in(model: nn.Module) -> nn.Module:
    """A model in the middle of its life: mixed modes, frozen parts, gradients, hooks, odd attributes."""
    model = seeded(model)
    model(BATCH.clone()).sum().backward()
    model.train()
    modules = list(model.modules())
    modules[1].eval()
    next(modules[-1].parameters()).requires_grad_(False)
    modules[-1].register_forward_hook(lambda module, given, value: None)
    modules[-1].register_forward_pre_hook(lambda module, given: None)
    model.note = {"epoch": 3}
    return model


CALLS: dict[str, Callable[[Network, Tensor], Any]] = {
    "logits": lambda net, batch: net(batch),
    "predict": lambda net, batch: net.predict(batch),
    "layers": lambda net, batch: (net.layers, net.stages, net.layer()),
    "activations": lambda net, batch: net.activations(batch, ["fc" if "fc" in str(net.layers) else "head"]),
    "evaluate": lambda net, batch: net.evaluate(batch, [net.layer()]),
    "gradient": lambda net, batch: net.gradient(net.inputs(batch), None),
    "gradient at a layer": lambda net, batch: net.gradient(net.inputs(batch), 1, net.layer()),
    "fingerprint": lambda net, batch: net.fingerprint,
    "refresh": lambda net, batch: net.refresh(),
    "another size": lambda net, batch: net.at_size(20, 20),
}


@pytest.mark.parametrize("make", [Plain, Residual, Counts])
def test_after_every_call(make: type[nn.Module]) -> None:
    model, batch = _lived_in(make()), BATCH.clone().requires_grad_()
    with untouched(model, batch):
        network = Network(model, Preparation(16, 16))
    for name, call in CALLS.items():
        with untouched(model, batch):
            call(network, batch)
        assert name


@pytest.mark.parametrize("make", [Branches, AlwaysDrops])
def test_after_a_failed_capture(make: type[nn.Module]) -> None:
    model = _lived_in(make()) if make is AlwaysDrops else make().train()
    with untouched(model), pytest.raises(CaptureError):
        Network(model, Preparation(16, 16))


def test_after_an_error() -> None:
    model = _lived_in(Plain())
    network = Network(model, Preparation(16, 16))
    inputs = network.inputs(BATCH)

    def fails(logits: Tensor) -> Tensor:
        raise ArithmeticError("the caller's own")

    with untouched(model, BATCH):
        with pytest.raises(TargetError):
            network.gradient(inputs, -1)
        with pytest.raises(LayerError):
            network.activations(BATCH, ["nothing"])
        with pytest.raises(PictureError):
            network.inputs(noise((2, 1, 16, 16)))
        with pytest.raises(ArithmeticError, match="the caller's own"):
            network.gradient(inputs, fails)
    assert torch.equal(network(BATCH), network(BATCH))


@pytest.mark.parametrize("layer", [None, "bn2"])
def test_when_interrupted_in_a_call(layer: str | None) -> None:
    model = _lived_in(Plain())
    network = Network(model, Preparation(16, 16))
    inputs = network.inputs(BATCH)
    place = None if layer is None else network.layer(layer)
    expected = network.gradient(inputs, 0, place)

    def interrupted(logits: Tensor) -> Tensor:
        raise KeyboardInterrupt

    with untouched(model, BATCH):
        with pytest.raises(KeyboardInterrupt):
            network.gradient(inputs, interrupted, place)
        with pytest.raises(KeyboardInterrupt), network.remembering(inputs):
            network.gradient(inputs, interrupted, place)
    assert torch.equal(network.gradient(inputs, 0, place).values, expected.values)


@pytest.mark.parametrize("moment", range(3))
def test_when_interrupted_in_the_capture(moment: int) -> None:
    """A hook of the caller's stands for Ctrl-C: it raises at the first, second or third time that it runs."""
    model = _lived_in(Plain())
    calls = []

    def hook(module: nn.Module, given: Any, value: Tensor) -> Tensor:
        calls.append(module)
        if len(calls) > moment:
            raise KeyboardInterrupt
        return value * (2.0 + len(calls))

    handle = model.conv2.register_forward_hook(hook)
    with untouched(model), pytest.raises((KeyboardInterrupt, CaptureError)):
        Network(model, Preparation(16, 16))
    assert calls
    handle.remove()
    assert Network(model, Preparation(16, 16))(BATCH).shape == (2, 5)


_SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:]
import random
import torch
from small_networks import Plain, noise, seeded
from untouched import untouched
from tapetum.attribution import gradcam, saliency
from tapetum.network import Network, Preparation
model, batch = seeded(Plain()), noise((80, 3, 16, 16))
random.seed(3)
with untouched(model, batch):
    network = Network(model, Preparation(16, 16), engine="auto")
    network.predict(batch)
    logits, _, engine = network.evaluate(batch)
    gradcam(network, batch)
    saliency(network, batch)
    network.fingerprint
assert "beartype" not in sys.modules
print(engine)
"""


def test_without_the_type_checker_also_pythons_random_state() -> None:
    """Beartype draws from Python's random state to choose what it checks, so this runs where it is not."""
    folders = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", _SCRIPT, *folders],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "openvino"
