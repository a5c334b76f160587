"""HSIC: how much the score depends on whether a place is seen, in any way a kernel can tell."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike
from tapetum.attribution.grids import enlarged
from tapetum.attribution.hiding import all_scores, in_words, study
from tapetum.network import Network
from tapetum.network.surroundings import quiet
from tapetum.options import at_least
from tapetum.results import Heatmap

_AT_ONCE = 256


def hsic(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    samples: int = 1500,
    cells: int = 7,
    baseline: BaselineLike = "mean",
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""How much the score depends on whether each cell of a grid is seen: the Hilbert-Schmidt criterion.

    \( D_i = \frac{1}{(n - 1)^2} \mathrm{tr}(K_i H L H) \), with \( K_i = \frac{1}{2} - (m_i - m_i')^2 \) over
    the cell in two masks, \( L = \exp(-(s - s')^2 / 2 \sigma^2) \) over their scores, \( \sigma \) the median
    difference of two scores, and \( H \) the centring.

    Values are 0 and above, one per cell, and 0 means independent: how much a cell matters, not in which
    direction. They have no unit.

    Use when:
        dependence of any shape between a region and the score is wanted from few passes.

    Misleads when:
        read as for or against the class: it has no sign, and small values lie within chance of zero.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        samples: how many masks, a Latin hypercube, in which each cell is seen in half of them.
        cells: rows and columns of the grid.
        baseline: what stands in hidden parts: "mean", "black", "grey", "white", a brightness from 0 to 1,
            "blur", "noise", a picture, or a prepared tensor.
        seed: of the masks; they are the same for every picture.
        memory: how much may be used at once above the network's own.

    Raises:
        MethodError: an option out of range, or no baseline.
        MemoryLimitError: the limit is too small for one picture.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the network's answer.

    Reference:
        Novello, Fel, Vigouroux (2022), Making Sense of Dependence: Efficient Black-box Explanations Using
        Dependence Measure.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", engine="torch")
        >>> hsic(net, tapetum.sample("cat"), samples=20, cells=3).values.shape
        torch.Size([1, 3, 3])
    """
    at_least("hsic", "samples", samples, 2)
    at_least("hsic", "cells", cells)
    drawn = binary(seed, samples, cells)
    subject = study(network, pictures, target, baseline, memory, samples=samples, seed=seed)
    rows, columns = network.input_shape[1:]

    def masks(picture: int, start: int, stop: int) -> Tensor:
        return enlarged(drawn[start:stop].float(), rows, columns)

    scores = all_scores("HSIC", subject, samples, masks)
    values = torch.stack([_dependence(drawn.flatten(1), found) for found in scores])
    return network.heatmap(
        "hsic",
        values.reshape(-1, cells, cells),
        subject.inputs,
        subject.aim,
        options={"samples": samples, "cells": cells, "baseline": in_words(baseline)},
        quantity="sensitivity",
        seed=seed,
    )


def binary(seed: int, samples: int, cells: int) -> Float[Tensor, "samples cells cells"]:
    """Which cells are seen in each mask."""
    with quiet():  # the import itself sets warning filters
        from scipy.stats import qmc

    drawn = qmc.LatinHypercube(cells * cells, rng=np.random.default_rng(seed)).random(samples)
    return torch.from_numpy((drawn >= 0.5).astype(np.float64).reshape(-1, cells, cells))


def _dependence(masks: Float[Tensor, "n cells"], scores: Float[Tensor, " n"]) -> Float[Tensor, " cells"]:
    """The criterion for each cell.

    For cells that are 0 or 1 the centred K is 2 m̃ m̃ᵀ with m̃ the centred cell, so the trace is 2 m̃ᵀ L m̃: L is
    never centred, and needed a few rows at a time.
    """
    width = _median_difference(scores)
    count = len(scores)
    if width == 0:
        return torch.zeros(masks.shape[1], dtype=torch.float64)
    centred = masks - masks.mean(0)
    found = torch.zeros(masks.shape[1], dtype=torch.float64)
    for start in range(0, count, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        kernel = torch.exp(-((scores[rows, None] - scores) ** 2) / (2 * width**2))
        found += (centred[rows] * (kernel @ centred)).sum(0)
    return (2 * found / (count - 1) ** 2).clamp_min(0)


def _median_difference(scores: Float[Tensor, " n"]) -> float:
    """The median absolute difference of two scores, over at most about a thousand of them."""
    some = scores[:: max(1, len(scores) // 1000)]
    apart = (some[:, None] - some).abs()
    found = float(np.median(apart[tuple(torch.triu_indices(len(some), len(some), 1))].numpy()))
    return found if found > 0 else float(apart.max())
