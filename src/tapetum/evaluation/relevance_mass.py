"""Relevance mass: how much of a map's evidence lies where the evidence is known to be."""

from jaxtyping import Bool, Float
from torch import Tensor


def relevance_mass(
    maps: Float[Tensor, "pictures height width"], mask: Bool[Tensor, "pictures height width"]
) -> Float[Tensor, " pictures"]:
    r"""The share of the map's positive values that lies inside the mask.

    \( \sum_{ij \in m} M_{ij}^+ \, / \, \sum_{ij} M_{ij}^+ \)

    In 0 to 1, higher is better; a map spread evenly has the mask's share of the picture. A map without
    positive values marks nothing and counts as 0.

    Args:
        maps: one per picture, at the pictures' size.
        mask: True where the evidence is.

    Reference:
        Arras, Osman, Samek (2022), CLEVR-XAI: A Benchmark Dataset for the Ground Truth Evaluation of Neural
        Network Explanations.
    """
    positive = maps.double().clamp_min(0)
    whole = positive.sum((1, 2))
    return ((positive * mask).sum((1, 2)) / whole.clamp_min(1e-300)).float()
