"""Sobol: how much of the score's variance a place has a part in, alone or together with others."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike
from tapetum.attribution.grids import enlarged
from tapetum.attribution.hiding import all_scores, in_words, study
from tapetum.errors import MethodError
from tapetum.network import Network
from tapetum.network.surroundings import quiet
from tapetum.options import at_least
from tapetum.results import Heatmap


def sobol(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    design: int = 32,
    cells: int = 8,
    baseline: BaselineLike = "mean",
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""Which share of the score's variance each cell of a grid has a part in: total-order Sobol indices.

    \( T_i = \frac{1}{2N \, \mathrm{Var}(s)} \sum_k \big( s(A_k) - s(A_k^{(i)}) \big)^2 \) (Jansen), where
    the masks \( A_k \) are points of a low-discrepancy sequence, one number from 0 to 1 per cell, enlarged to
    the picture; \( A_k^{(i)} \) has cell i from a second such point.

    Values are shares of variance, 0 and above, one per cell: how much a cell matters alone and in whatever
    it does together with others, not in which direction. Their sum exceeds 1 where cells act together.

    Use when:
        the question is how much of the score's variation a region accounts for, with all its
        interactions.

    Misleads when:
        read as for or against the class: indices have no sign. Few samples give values within chance of
        zero.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        design: points of the sequence, a power of two; it takes design · (cells² + 1) pictures.
        cells: rows and columns of the grid.
        baseline: what stands in hidden parts: "mean", "black", "grey", "white", a brightness from 0 to 1,
            "blur", "noise", a picture, or a prepared tensor.
        seed: of the scrambling of the sequence; the masks are the same for every picture.
        memory: how much may be used at once above the network's own.

    Raises:
        MethodError: an option out of range, or no baseline.
        MemoryLimitError: the limit is too small for one picture.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the network's answer.

    Reference:
        Fel, Cadene, Chalvidal, Cord, Vigouroux, Serre (2021), Look at the Variance! Efficient Black-box
        Explanations with Sobol-based Sensitivity Analysis.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", engine="torch")
        >>> sobol(net, tapetum.sample("cat"), design=2, cells=3).values.shape
        torch.Size([1, 3, 3])
    """
    if at_least("sobol", "design", design, 2) & (design - 1):
        raise MethodError(f"sobol:design is {design!r}. Give a power of two, at least 2.")
    at_least("sobol", "cells", cells)
    drawn = points(seed, design, cells)
    subject = study(network, pictures, target, baseline, memory, samples=len(drawn), seed=seed)
    rows, columns = network.input_shape[1:]

    def masks(picture: int, start: int, stop: int) -> Tensor:
        return enlarged(drawn[start:stop].float(), rows, columns)

    scores = all_scores("Sobol", subject, len(drawn), masks)
    scores = scores.reshape(len(scores), -1, design)
    variance = scores[:, 0].var(1, correction=0)
    moved = ((scores[:, 1:] - scores[:, :1]) ** 2).mean(2) / 2
    values = torch.where(variance[:, None] > 0, moved / variance[:, None], 0.0)
    return network.heatmap(
        "sobol",
        values.reshape(-1, cells, cells),
        subject.inputs,
        subject.aim,
        options={"design": design, "cells": cells, "baseline": in_words(baseline)},
        quantity="sensitivity",
        seed=seed,
    )


def points(seed: int, design: int, cells: int) -> Float[Tensor, "samples cells cells"]:
    """The masks A, then for each cell A with that cell from B."""
    with quiet():  # the import itself sets warning filters
        from scipy.stats import qmc

    count = cells * cells
    both = qmc.Sobol(2 * count, rng=np.random.default_rng(seed)).random(design)
    first, second = both[:, :count], both[:, count:]
    mixed = np.repeat(first[None], count + 1, 0)
    for cell in range(count):
        mixed[1 + cell, :, cell] = second[:, cell]
    return torch.from_numpy(mixed.reshape(-1, cells, cells))
