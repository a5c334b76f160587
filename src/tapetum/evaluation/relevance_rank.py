"""Relevance rank: whether a map's strongest places are those where the evidence is known to be."""

from jaxtyping import Bool, Float
from torch import Tensor

from tapetum.evaluation.curve import cell_ranks


def relevance_rank(
    maps: Float[Tensor, "pictures height width"], mask: Bool[Tensor, "pictures height width"]
) -> Float[Tensor, " pictures"]:
    r"""The share of the K strongest pixels that lies inside the mask, where K is the mask's size.

    \( |\{\text{the } K \text{ strongest of } M\} \cap m| \, / \, K, \; K = |m| \)

    In 0 to 1, higher is better; a map in random order has the mask's share of the picture. An empty mask
    counts as 0.

    Args:
        maps: one per picture, at the pictures' size.
        mask: True where the evidence is.

    Reference:
        Arras, Osman, Samek (2022), CLEVR-XAI: A Benchmark Dataset for the Ground Truth Evaluation of Neural
        Network Explanations.
    """
    size = mask.sum((1, 2))
    chosen = cell_ranks(maps, 1).to(mask.device) < size[:, None, None]
    return (chosen & mask).sum((1, 2)) / size.clamp_min(1)
