"""Any method smoothed: the mean of the maps of copies, one after the other."""

import functools
import inspect
from typing import Any

import pytest
import torch
from small_networks import Plain, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import gradcam, gradient_times_input, integrated_gradients, saliency, smoothed
from tapetum.attribution.sampling import normal
from tapetum.errors import MethodError
from tapetum.network import Network, Preparation
from tapetum.pictures import sample
from tapetum.registry import METHODS
from tapetum.workflows import explain

DOUBLE = torch.float64


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(seeded(Plain()).double(), Preparation(32, 34))


@pytest.fixture(scope="module")
def batch() -> Tensor:
    return noise((3, 3, 32, 34), dtype=DOUBLE)


def close(found: Tensor, expected: Tensor) -> bool:
    return float((found - expected).abs().max()) <= 1e-5 * float(expected.abs().max())


@pytest.mark.parametrize("method", [saliency, gradcam])
def test_over_noise(method: Any, network: Network, batch: Tensor) -> None:
    found = smoothed(method, network, batch, None, samples=4, sigma=0.2, seed=7)
    classes = network(batch).argmax(1).tolist()
    spread = 0.2 * (batch.amax((1, 2, 3)) - batch.amin((1, 2, 3)))[:, None, None, None]
    drawn = normal(7, range(4), batch)
    maps = [method(network, batch + spread * one, classes).values for one in drawn]
    assert close(found.values, torch.stack(maps).mean(0))
    assert [target.indices[0] for target in found.targets] == classes
    assert torch.allclose(found.score, network(batch).amax(1).float(), atol=1e-5)
    assert (found.options["smooth"], found.options["smooth_by"], found.seed) == (4, "noise", 7)


def test_one_copy_without_noise_is_the_method(network: Network, batch: Tensor) -> None:
    found = smoothed(gradcam, network, batch, 1, samples=1, sigma=0.0)
    assert torch.equal(found.values, gradcam(network, batch, 1).values)
    first = smoothed(saliency, network, batch, 1, samples=1, by="shifts")
    assert close(first.values, saliency(network, batch, 1).values)


def test_the_second_shift_is_mirrored(network: Network, batch: Tensor) -> None:
    found = smoothed(saliency, network, batch, 1, samples=2, by="shifts")
    mirrored = saliency(network, batch.flip(3), 1).values.flip(2)
    assert close(found.values, (saliency(network, batch, 1).values + mirrored) / 2)


class Pointwise(nn.Module):
    """A network that treats every place alike: its maps move with the picture."""

    def forward(self, x: Tensor) -> Tensor:
        total = (x**3).sum((1, 2, 3))
        return torch.stack([total, -total], 1)


def test_maps_are_moved_back_to_where_they_belong(batch: Tensor) -> None:
    """Wherever a copy shows a place its value there is the same, so the mean is that of the picture."""
    network = Network(Pointwise(), Preparation(32, 34))
    found = smoothed(gradient_times_input, network, batch.float(), 0, samples=9, by="shifts", seed=2)
    assert close(found.values, gradient_times_input(network, batch.float(), 0).values)


def test_a_batch_is_its_singles_and_memory_changes_nothing(network: Network, batch: Tensor) -> None:
    for by in ("noise", "shifts"):
        together = smoothed(gradcam, network, batch, 1, samples=3, by=by, memory="1MiB")
        for place in range(3):
            alone = smoothed(gradcam, network, batch[place : place + 1], 1, samples=3, by=by)
            assert close(together.values[place], alone.values[0])


def test_through_the_registry_and_explain(network: Network, batch: Tensor) -> None:
    found = METHODS["integrated-gradients"](network, batch, 1, smooth=2, smooth_by="shifts", steps=4)
    ours = smoothed(
        functools.partial(integrated_gradients, steps=4), network, batch, 1, samples=2, by="shifts"
    )
    assert torch.equal(found.values, ours.values)
    assert found.residual is None
    assert found.options["steps"] == 4
    told = explain(network, sample("cat"), methods=["gradcam", "saliency"], smooth=3)
    assert [h.options["smooth"] for h in told.heatmaps] == [3, 3]
    assert all(len(h.seen) == 1 for h in told.heatmaps)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"samples": 0}, "samples is 0"), ({"by": "rain"}, "noise, shifts"), ({"sigma": -1.0}, "sigma is -1.0")],
)
def test_options_that_mean_nothing(options: Any, message: str, network: Network, batch: Tensor) -> None:
    with pytest.raises(MethodError, match=message):
        inspect.unwrap(smoothed)(saliency, network, batch, 1, **options)
