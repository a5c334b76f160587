"""Extremal perturbation: the part of a given size that, seen alone, keeps the score highest."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike
from tapetum.attribution.hiding import Study, finite, in_words, study
from tapetum.errors import MethodError
from tapetum.network import Inputs, Network, sweep
from tapetum.network.surroundings import plain
from tapetum.options import at_least, between
from tapetum.results import Heatmap

_WHAT = "Extremal perturbation"
_RATE, _MOMENTUM = 0.1, 0.8
_FIRST, _LAST = 0.5, 8.0
"""Weight of the area's constraint against the score, at the first step and the last."""


def extremal_perturbation(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    areas: str | Sequence[float] = "0.05, 0.1, 0.2, 0.4",
    steps: int = 100,
    cells: int = 28,
    baseline: BaselineLike = "blur",
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""Which smooth part of the picture keeps the score highest when seen alone, for each of several sizes.

    \( m_a = \arg\max_m s(x_m) - \lambda \, \lVert \mathrm{sort}(m) - r_a \rVert^2, \; M = \frac{1}{|a|}
    \sum_a m_a \), where \( x_m \) is the picture through the mask m, the baseline elsewhere, and \( r_a \)
    is 1 for the share a of the places and 0 for the others. The mask is a coarse grid under a Gaussian, found
    by gradient ascent with momentum; both terms are scaled to their steepest place, and the weight of the
    area grows from step to step.

    Values are from 0 to 1, one per pixel: in how many of the sizes a place is kept. They say what suffices,
    not what speaks against the target. Where the score depends on no place, all are 0.

    Use when:
        the smallest region that keeps the verdict is the question.

    Misleads when:
        there are several such regions: it finds one. It is an optimisation and may end in a poor place;
        more steps help.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        areas: shares of the picture that are kept, each between 0 and 1.
        steps: of the gradient, for each area.
        cells: rows and columns of the coarse grid, at most those of the picture.
        baseline: what stands in hidden parts: "mean", "black", "grey", "white", a brightness from 0 to 1,
            "blur", "noise", a picture, or a prepared tensor.
        memory: how much may be used at once above the network's own.

    Raises:
        MethodError: an option out of range, or no baseline.
        MemoryLimitError: the limit is too small for one picture.
        TargetError: not a class of this network, or a function without a derivative.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Fong, Patrick, Vedaldi (2019), Understanding Deep Networks via Extremal Perturbations and Smooth
        Masks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", engine="torch")
        >>> heatmap = extremal_perturbation(net, tapetum.sample("cat"), areas="0.2", steps=4)
        >>> float(heatmap.values.max()) <= 1
        True
    """
    shares = _shares(areas)
    at_least("extremal-perturbation", "steps", steps)
    at_least("extremal-perturbation", "cells", cells)
    together = network.at_once(memory, backward=True)
    subject = study(network, pictures, target, baseline, memory, samples=1)
    count = len(subject.inputs.batch)

    def compute(start: int, stop: int) -> Tensor:
        places = range(start, stop)
        wanted = torch.tensor([shares[place // count] for place in places], dtype=torch.float64)
        with plain(), torch.no_grad():
            return _masks(subject, [place % count for place in places], wanted, steps, cells)

    found = torch.cat(list(sweep(_WHAT, count * len(shares), together, compute)))
    return network.heatmap(
        "extremal-perturbation",
        found.reshape(len(shares), count, *found.shape[1:]).mean(0),
        subject.inputs,
        subject.aim,
        options={
            "areas": ", ".join(f"{share:g}" for share in shares),
            "steps": steps,
            "cells": cells,
            "baseline": in_words(baseline),
        },
        quantity="sensitivity",
    )


def _shares(areas: str | Sequence[float]) -> list[float]:
    given = areas.replace(",", " ").split() if isinstance(areas, str) else list(areas)
    try:
        shares = [float(share) for share in given]
    except (TypeError, ValueError):
        shares = []
    if not shares:
        raise MethodError(f"extremal-perturbation:areas is {areas!r}. Give shares such as '0.05, 0.1, 0.2'.")
    return [between("extremal-perturbation", "areas", share, 0.001, 0.999) for share in shares]


def _masks(
    subject: Study, pictures: list[int], shares: Tensor, steps: int, cells: int
) -> Float[Tensor, "masks rows columns"]:
    """One mask for each of these pictures, of these areas."""
    batch = subject.inputs.batch[pictures]
    base = subject.baseline[pictures]
    targets = subject.aim.targets.at(pictures)
    down, across = (_smooth(size, min(cells, size)).to(batch) for size in batch.shape[2:])
    ideal = _ideal(shares, batch.shape[2] * batch.shape[3]).to(batch)
    reach = down.sum(0)[:, None] * across.sum(0)
    grid = torch.full((len(batch), down.shape[1], across.shape[1]), 0.5).to(batch)
    speed, felt = torch.zeros_like(grid), torch.zeros(len(batch), dtype=torch.bool)
    for step in range(steps):
        mask = down @ grid @ across.T
        gradient = subject.network.gradient(Inputs(torch.lerp(base, batch, mask[:, None])), targets)
        finite(_WHAT, gradient.aim.score)
        slope = down.T @ (gradient.values * (batch - base)).sum(1) @ across
        felt |= (slope != 0).flatten(1).any(1).cpu()
        weight = _FIRST * (_LAST / _FIRST) ** (step / max(1, steps - 1))
        # All places of the first mask are alike, so their order means nothing yet.
        area = 0 if step == 0 else weight * (down.T @ _towards(mask, ideal) @ across) / reach
        speed = _MOMENTUM * speed + _steepest(slope) + area
        grid = (grid + _RATE * speed).clamp(0, 1)
    return (down @ grid @ across.T).clamp(0, 1).double().cpu() * felt[:, None, None]


def _smooth(size: int, cells: int) -> Float[Tensor, "size cells"]:
    """What each place along an axis takes from the cells: a Gaussian of one cell's width, summing to 1."""
    centres = (torch.arange(cells, dtype=torch.float64) + 0.5) * size / cells
    places = torch.arange(size, dtype=torch.float64) + 0.5
    weights = torch.exp(-((places[:, None] - centres) ** 2) / (2 * (size / cells) ** 2))
    return weights / weights.sum(1, keepdim=True)


def _ideal(shares: Tensor, places: int) -> Float[Tensor, "masks places"]:
    """Sorted values of a mask that keeps this share of the places and nothing else."""
    return (torch.arange(places) >= (1 - shares[:, None]) * places).double()


def _towards(mask: Tensor, ideal: Tensor) -> Tensor:
    """Where each place should go so that the sorted mask becomes the ideal one."""
    flat = mask.flatten(1)
    order = flat.argsort(dim=1, stable=True)
    wanted = torch.empty_like(flat).scatter(1, order, ideal)
    return (wanted - flat).reshape(mask.shape)


def _steepest(slope: Tensor) -> Tensor:
    """Each picture's slope, its largest value 1."""
    return slope / slope.abs().amax((1, 2), keepdim=True).clamp_min(torch.finfo(slope.dtype).tiny)
