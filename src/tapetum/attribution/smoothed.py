"""Any method, smoothed: its maps averaged over changed copies of the picture."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.repeated import drawn, value_range
from tapetum.attribution.sampling import generator, pairs
from tapetum.network import Inputs, Network, sweep
from tapetum.network.surroundings import plain
from tapetum.options import at_least, between, one_of
from tapetum.results import Heatmap

By = Literal["noise", "shifts"]

_BY = ("noise", "shifts")
_PARTS = 16
"""Shifts go up to the shorter side divided by this."""


def smoothed(
    method: Callable[..., Heatmap],
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    samples: int = 8,
    by: By = "noise",
    sigma: float = 0.1,
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""A method's map, averaged over changed copies of the picture.

    \( \bar M = \frac{1}{n} \sum_k T_k^{-1} M(T_k x) \)

    Values keep their sign and unit. The target of each picture is that of the picture itself, also where a
    copy would be taken for another class. By "noise" copies are under normal noise. By "shifts" every other
    one is mirrored, all but the first two are shifted by up to a sixteenth of the shorter side, and maps are
    moved back at the picture's size; where a shifted copy does not show a place, it does not count there. A
    residual is not told, for the mean map does not sum to the score.

    Args:
        method: the function of a method, such as `gradcam`; options of its own through functools.partial.
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: as the method takes it.
        samples: how many copies.
        by: what changes them: "noise" or "shifts".
        sigma: the noise's standard deviation, as a share of the range of the picture's values.
        seed: of noise and shifts.
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: an unknown word, or a number out of range.
        TapetumError: what the method itself raises.

    Reference:
        Smilkov, Thorat, Kim, Viégas, Wattenberg (2017), SmoothGrad: Removing Noise by Adding Noise.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> smoothed(tapetum.gradcam, net, tapetum.sample("cat"), samples=2, by="shifts").values.shape
        torch.Size([1, 224, 224])
    """
    at_least("smooth", "samples", samples)
    one_of("smooth", "by", by, _BY)
    between("smooth", "sigma", sigma, 0.0, 10.0)
    at_least("smooth", "seed", seed, 0)
    inputs = network.inputs(pictures)
    batch, aim = inputs.batch, network.aim(inputs, target)
    change = _Shifts(seed, batch) if by == "shifts" else _Noise(seed, sigma, batch)

    def compute(start: int, stop: int) -> tuple[Tensor, Tensor, Tensor, Heatmap]:
        places, chosen = pairs(start, stop, len(batch))
        with plain(), torch.no_grad():
            copies = change.copies(places, chosen)
        found = method(network, Inputs(copies), aim.targets.at(places.tolist()))
        return places, *change.back(found, chosen), found

    sums: list[Tensor] = []
    parts = sweep("Smoothing", samples * len(batch), network.at_once(memory, backward=True), compute)
    for places, maps, shown, found in parts:
        sums = sums or [maps.new_zeros((len(batch), *maps.shape[1:])) for _ in range(2)]
        for total, fresh in zip(sums, (maps, shown), strict=True):
            total.index_add_(0, places, fresh)
        last = found
    return replace(
        last,
        values=sums[0] / sums[1].clamp_min(1e-12),
        targets=aim.targets.items,
        score=aim.score.detach().float().cpu(),
        options={**last.options, "smooth": samples, "smooth_by": by},
        residual=None,
        seed=seed,
        engine=aim.engine,
        seconds=time.perf_counter() - inputs.started,
        seen=inputs.seen,
    )


class _Noise:
    """Copies under normal noise; their maps stay where they are."""

    def __init__(self, seed: int, sigma: float, batch: Float[Tensor, "batch channel height width"]) -> None:
        self.seed, self.batch = seed, batch
        self.scale = sigma * value_range(batch)

    def copies(self, places: Tensor, chosen: Sequence[int]) -> Tensor:
        return self.batch[places] + self.scale[places] * drawn(self.seed, list(chosen), self.batch)

    def back(self, found: Heatmap, chosen: Sequence[int]) -> tuple[Tensor, Tensor]:
        return found.values, torch.ones_like(found.values)


class _Shifts:
    """Copies mirrored and shifted, what comes in at a border being the border; their maps moved back."""

    def __init__(self, seed: int, batch: Float[Tensor, "batch channel height width"]) -> None:
        self.seed, self.batch = seed, batch
        self.furthest = max(1, min(batch.shape[2:]) // _PARTS)

    def copies(self, places: Tensor, chosen: Sequence[int]) -> Tensor:
        return torch.stack(
            [self._moved(self.batch[p], k) for p, k in zip(places.tolist(), chosen, strict=True)]
        )

    def back(self, found: Heatmap, chosen: Sequence[int]) -> tuple[Tensor, Tensor]:
        maps = found.at_picture_size()
        both = [self._moved_back(one, k) for one, k in zip(maps, chosen, strict=True)]
        return torch.stack([one for one, _ in both]), torch.stack([shown for _, shown in both])

    def _moved(self, picture: Tensor, sample: int) -> Tensor:
        picture = picture.flip(2) if sample % 2 else picture
        down, across = self._steps(sample)
        rows, columns = (torch.arange(size) for size in picture.shape[1:])
        inside = [(line - step).clamp(0, len(line) - 1) for line, step in ((rows, down), (columns, across))]
        return picture[:, inside[0]][:, :, inside[1]]

    def _moved_back(self, values: Tensor, sample: int) -> tuple[Tensor, Tensor]:
        """The map where the picture was, and 1 where the copy showed the place, else 0."""
        down, across = self._steps(sample)
        still = torch.zeros_like(values)
        shown = torch.zeros_like(values)
        to, source = zip(
            *(_overlap(n, s) for n, s in zip(values.shape, (down, across), strict=True)), strict=True
        )
        still[to], shown[to] = values[source], 1.0
        return (still.flip(1), shown.flip(1)) if sample % 2 else (still, shown)

    def _steps(self, sample: int) -> tuple[int, int]:
        """How many rows down and columns to the right; the first two samples stay."""
        if sample < 2:
            return 0, 0
        drawn_steps = generator(self.seed, sample).integers(-self.furthest, self.furthest + 1, 2)
        return int(drawn_steps[0]), int(drawn_steps[1])


def _overlap(size: int, step: int) -> tuple[slice, slice]:
    """Which places of a line are still seen after a shift, and where they are seen."""
    seen = slice(max(0, -step), min(size, size - step))
    return seen, slice(seen.start + step, seen.stop + step)
