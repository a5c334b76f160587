"""Model parameter randomisation: a map that survives the loss of all that was learnt explains nothing."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.evaluation.case import Case, Explain

BINS = 100


def mprt(
    case: Case, maps: Float[Tensor, "pictures height width"], explain: Explain, *, seed: int = 0
) -> Float[Tensor, " pictures"]:
    r"""By how much more complex the map becomes when every weight of the network is shuffled.

    \( (H(M') - H(M)) / H(M) \)

    H is the entropy of the histogram of absolute values, M' the map of the randomised network. Higher is
    better: the map lost its order with the weights. 0 is a map that does not look at them, as an edge
    detector; below 0, the map of the learnt network is the less orderly one.

    Args:
        case: the pictures and their targets.
        maps: one per picture, of the network as it is.
        explain: makes the maps of another network.
        seed: of the shuffled weights.

    Reference:
        Hedström, Weber, Lapuschkin, Höhne (2024), A Fresh Look at Sanity Checks for Saliency Maps.
    """
    other = explain(case.randomised(seed=seed), case.batch, case.targets)
    before, after = complexity(maps), complexity(other)
    return (after - before) / torch.where(before > 1e-6, before, torch.ones_like(before))


def complexity(maps: Float[Tensor, "pictures height width"]) -> Float[Tensor, " pictures"]:
    """The entropy, 0 to log 100, of a histogram of the absolute values between 0 and their largest."""
    found = torch.zeros(len(maps))
    for place, values in enumerate(maps.detach().float().abs().cpu()):
        largest = float(values.max())
        if not largest > 0 or not math.isfinite(largest):
            continue
        counts = torch.histc(values / largest, BINS, 0, 1)
        share = counts / counts.sum()
        found[place] = -(share * share.clamp_min(1e-12).log()).sum()
    return found
