"""RISE: what a place is worth, by the score of pictures in which it happens to be seen."""

from typing import Any, Literal

import torch
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike
from tapetum.attribution.grids import shifted
from tapetum.attribution.hiding import in_words, runs, study
from tapetum.network import Network
from tapetum.options import at_least, between, one_of
from tapetum.results import Heatmap

Weighting = Literal["difference", "published"]


def rise(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    samples: int = 4000,
    cells: int = 7,
    share: float = 0.5,
    weighting: Weighting = "difference",
    baseline: BaselineLike = "mean",
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""How much higher the score is when a place is seen than when it is not, over random masks.

    \( M_{ij} = \frac{\sum_k s_k m_{kij}}{\sum_k m_{kij}} - \frac{\sum_k s_k (1 - m_{kij})}{\sum_k (1 -
    m_{kij})} \), where \( s_k \) is the score of the picture seen through the mask \( m_k \), a coarse random
    grid enlarged and moved by a random part of a cell.

    Positive values speak for the target, negative ones against it. Values are in units of the score, one per
    pixel of the network's input. With the weighting "published" the map is the first term alone, as in the
    paper: that is the mean score itself plus the same picture, weaker, and fits probabilities rather than
    logits. Both divide by what the masks really show at each place, and not by their expected share.

    Use when:
        the network is a black box and thousands of passes are affordable.

    Misleads when:
        few masks are drawn: the map is grainy with chance. Masked pictures are unlike any that the
        network has seen.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        samples: how many masks; the noise of the map falls with their square root.
        cells: rows and columns of the coarse grid.
        share: how likely a cell is seen, between 0 and 1.
        weighting: "difference" or "published".
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
        Petsiuk, Das, Saenko (2018), RISE: Randomized Input Sampling for Explanation of Black-box Models.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", engine="torch")
        >>> rise(net, tapetum.sample("cat"), samples=20).values.shape
        torch.Size([1, 224, 224])
    """
    at_least("rise", "samples", samples)
    at_least("rise", "cells", cells)
    between("rise", "share", share, 0.01, 0.99)
    one_of("rise", "weighting", weighting, ("difference", "published"))
    subject = study(network, pictures, target, baseline, memory, samples=samples, seed=seed)
    size = network.input_shape[1:]
    seen = torch.zeros(len(subject.inputs.batch), *size, dtype=torch.float64)
    weighted, total = torch.zeros_like(seen), torch.zeros(len(seen), 1, 1, dtype=torch.float64)
    # Scores are counted from the picture's own, so that a large one common to all costs no digits.
    origin = subject.aim.score.detach().double().cpu()

    def grids(_picture: int, start: int, stop: int) -> Tensor:
        return shifted(seed, start, stop, cells=cells, share=share, size=size)

    for run in runs("RISE", subject, samples, grids):
        scores = run.scores.detach().double().cpu() - origin[run.picture]
        masks = run.masks.double()
        seen[run.picture] += masks.sum(0)
        weighted[run.picture] += torch.einsum("k,kij->ij", scores, masks)
        total[run.picture] += scores.sum()
    tiny = torch.finfo(torch.float64).tiny
    values = weighted / seen.clamp_min(tiny)
    if weighting == "published":
        values = values + origin[:, None, None]
    else:
        values = values - (total - weighted) / (samples - seen).clamp_min(tiny)
        values = values.where((seen > 0) & (seen < samples), 0.0)
    return network.heatmap(
        "rise",
        values,
        subject.inputs,
        subject.aim,
        options={
            "samples": samples,
            "cells": cells,
            "share": share,
            "weighting": weighting,
            "baseline": in_words(baseline),
        },
        seed=seed,
    )
