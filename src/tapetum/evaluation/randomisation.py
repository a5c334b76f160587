"""Layer by layer: how much of a map is left when the network forgets from its verdict backwards."""

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import MethodError
from tapetum.evaluation.case import Case, Explain


def randomisation(
    case: Case,
    maps: Float[Tensor, "pictures height width"],
    explain: Explain,
    *,
    stops: int = 4,
    seed: int = 0,
) -> Float[Tensor, " pictures"]:
    r"""How alike the map stays, on average, while ever more layers of the network are shuffled.

    \( \frac{1}{K} \sum_{k=1}^{K} |\rho(M, M_k)| \)

    ρ is the rank correlation, M_k the map after the last k / K of the layers lost their weights. Lower is
    better; 1 is a map that does not depend on what the network learnt.

    Args:
        case: the pictures and their targets.
        maps: one per picture, of the network as it is.
        explain: makes the maps of another network.
        stops: K; the last one is the whole network.
        seed: of the shuffled weights.

    Raises:
        MethodError: fewer than one stop.

    Reference:
        Adebayo et al. (2018), Sanity Checks for Saliency Maps.
    """
    if stops < 1:
        raise MethodError(f"randomisation: stops is {stops}. Give a whole number of at least 1.")
    total = torch.zeros(len(maps))
    for stop in range(1, stops + 1):
        network = case.randomised(stop / stops, seed=seed)
        total += rank_correlation(maps, explain(network, case.batch, case.targets)).abs()
    return total / stops


def rank_correlation(
    first: Float[Tensor, "pictures height width"], second: Float[Tensor, "pictures height width"]
) -> Float[Tensor, " pictures"]:
    """Spearman's, −1 to 1, with mean ranks for equal values; 0 where a map is the same everywhere.

    Two maps without any difference between their places are alike, and count as 1.
    """
    a, b = (_centred_ranks(maps) for maps in (first, second))
    sizes = a.norm(dim=1) * b.norm(dim=1)
    both_flat = (a.norm(dim=1) == 0) & (b.norm(dim=1) == 0)
    found = (a * b).sum(1) / sizes.clamp_min(1e-12)
    return torch.where(both_flat, torch.ones_like(found), found).float()


def _centred_ranks(maps: Tensor) -> Tensor:
    found = torch.empty((len(maps), maps[0].numel()), dtype=torch.float64)
    for place, values in enumerate(maps.detach().cpu().flatten(1)):
        _, which, counts = torch.unique(values, return_inverse=True, return_counts=True)
        ends = counts.cumsum(0).double()
        found[place] = (ends - (counts.double() - 1) / 2)[which]
    return found - found.mean(1, keepdim=True)
