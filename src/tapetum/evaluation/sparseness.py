"""Sparseness: whether a map names few places or many."""

import torch
from jaxtyping import Float
from torch import Tensor


def sparseness(maps: Float[Tensor, "pictures height width"]) -> Float[Tensor, " pictures"]:
    r"""The Gini index of the map's absolute values.

    \( 1 - 2 \sum_{k=1}^{N} \frac{|M|_{(k)}}{\|M\|_1} \cdot \frac{N - k + 1/2}{N} \), values in rising order

    0 is a map that is the same everywhere, near 1 one that marks a single place. Higher is counted as better,
    though a sparse map may still mark the wrong place. A map that is zero everywhere counts as 0.

    Args:
        maps: one per picture, at the pictures' size.

    Reference:
        Chalasani, Chen, Chowdhury, Jha, Wu (2020), Concise Explanations of Neural Networks using Adversarial
        Training.
    """
    values = maps.detach().double().abs().flatten(1).sort(1).values
    count = values.shape[1]
    weights = (count - torch.arange(1, count + 1, dtype=torch.float64, device=values.device) + 0.5) / count
    whole = values.sum(1)
    gini = 1 - 2 * (values * weights).sum(1) / whole.clamp_min(1e-300)
    return torch.where(whole > 0, gini, 0.0).float().cpu()
