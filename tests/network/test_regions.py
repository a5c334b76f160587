"""Regions against whole passes: the same logits, whatever stands between the window and them.

Real networks are in tests/attribution/test_perturbation.py, against captum.
"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from small_networks import Flat, NoPlaces, PinnedBatch, Plain, Residual, noise, seeded
from torch import Tensor, nn

from tapetum.attribution import occlusion
from tapetum.network import Network, Preparation


class Windows(nn.Module):
    """Every kind of window, at strides that do not divide the picture, and a branch that sees further."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, (5, 3), stride=(2, 1), padding=(1, 2))
        self.bn = nn.BatchNorm2d(6)
        self.wide = nn.Conv2d(6, 6, 3, padding="same", dilation=3, groups=2)
        self.thin = nn.Conv2d(6, 6, 1)
        self.last = nn.Conv2d(12, 8, 3, stride=2)
        self.fc = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.silu(self.bn(F.relu(self.first(x))))
        x = F.max_pool2d(x, 3, 2, padding=1)
        x = torch.cat([self.wide(x), F.hardswish(self.thin(x) * 2 + 1)], 1)
        x = F.pad(F.avg_pool2d(x, (2, 3), (1, 2)), (1, 2, 0, 1), value=0.5)
        return self.fc(F.elu(self.last(x)).mean((2, 3)))


class Awkward(nn.Module):
    """What cannot be cropped stands early, on one of two ways."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.gate, self.other = nn.Conv2d(6, 6, 1), nn.Conv2d(6, 6, 3, padding=1, padding_mode="reflect")
        self.scale = nn.Parameter(torch.ones(6, 1, 1))
        self.fc = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x)) * self.scale
        gated = x * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))
        x = F.max_pool2d(gated, 2, ceil_mode=True) + F.avg_pool2d(self.other(x), 2, ceil_mode=True)
        return self.fc(x.mean((2, 3)))


CASES: dict[str, tuple[Callable[[], nn.Module], int, int]] = {
    "plain": (Plain, 40, 44),
    "residual": (Residual, 40, 36),
    "windows": (Windows, 61, 58),
    "awkward": (Awkward, 41, 35),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("side", [3, 8])
def test_logits_are_those_of_whole_passes(case: str, side: int) -> None:
    make, rows, columns = CASES[case]
    network = Network(seeded(make()).double(), Preparation(rows, columns))
    _check(network, noise((2, 3, rows, columns), dtype=torch.float64), side, step=5, tolerance=1e-10)


def _check(network: Network, batch: Tensor, side: int, step: int, tolerance: float) -> None:
    """Every position, the last ones over the edge; in chunks of mixed positions."""
    starts = [list(range(0, size - side + step, step)) for size in batch.shape[2:]]
    regions = network.regions(side, *starts)
    assert regions is not None
    of = regions(batch[:1])
    assert of.plan.cropped
    places = [(i, j) for i in range(len(starts[0])) for j in range(len(starts[1]))]
    places = [places[k] for k in np.random.default_rng(0).permutation(len(places))]
    clean, apart, moved = network(batch[:1]), 0.0, 0.0
    for chunk in (places[:13], places[13:14], [places[-1], *places[14:50]]):
        hidden = batch[:1].repeat(len(chunk), 1, 1, 1)
        for copy, (i, j) in zip(hidden, chunk, strict=True):
            window = (..., slice(starts[0][i], starts[0][i] + side), slice(starts[1][j], starts[1][j] + side))
            copy[window] = batch[1][window]
        expected = network(hidden)
        found = of(batch[1:], *zip(*chunk, strict=True))
        apart = max(apart, float((found - expected).abs().max()))
        moved = max(moved, float((expected - clean).abs().max()))
    assert moved > 0
    assert apart <= tolerance * moved


def test_where_regions_do_not_pay_there_are_none() -> None:
    whole = Network(seeded(Plain()), Preparation(16, 16))
    assert whole.regions(16, [0], [0]) is None
    assert Network(seeded(NoPlaces()), Preparation(8, 8)).regions(2, [0, 4], [0, 4]) is None
    pinned = Network(seeded(PinnedBatch(2)), Preparation(32, 32), batch=2)
    assert pinned.regions(2, [0, 4], [0, 4]) is None
    rounded = Network(seeded(Plain()), Preparation(64, 64), precision="bfloat16")
    assert rounded.regions(2, [0, 4], [0, 4]) is None


def test_occlusion_by_regions_notices_changed_weights() -> None:
    model = seeded(Flat())
    network, batch = Network(model, Preparation(28, 28, 1)), noise((1, 1, 28, 28))
    before = occlusion(network, batch, 0)
    with torch.no_grad():
        model.layers[0].weight.mul_(2)
    fresh = Network(model, Preparation(28, 28, 1))
    after = occlusion(network, batch, 0)
    assert not torch.equal(after.values, before.values)
    assert torch.allclose(after.values, occlusion(fresh, batch, 0).values, rtol=1e-4, atol=1e-6)
