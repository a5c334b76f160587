"""ROAD: remove and debias. What is hidden is filled in, so that the hole's outline cannot speak."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tapetum.errors import MethodError
from tapetum.evaluation.case import Case
from tapetum.evaluation.curve import cell_ranks
from tapetum.evaluation.impute import filled

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def road(
    case: Case,
    maps: Float[Tensor, "pictures height width"],
    *,
    shares: Sequence[float] = SHARES,
    noise: float = 0.01,
    seed: int = 0,
) -> Float[Tensor, " pictures"]:
    r"""By how much more the verdict suffers from losing the strongest pixels than from losing the weakest.

    \( \frac{1}{2 |T|} \sum_{t \in T} p(x \text{ without its weakest } t) -
    p(x \text{ without its strongest } t) \)

    Removed pixels become the weighted mean of their neighbours plus a little noise, which hides where they
    were: a network cannot read the outline of the hole. Higher is better; 0 is a map that tells nothing, and
    the range is −0.5 to 0.5 for a class.

    Args:
        case: the pictures and their targets.
        maps: one per picture, at the pictures' size.
        shares: of the pixels that are removed.
        noise: standard deviation, in units of the network's input.
        seed: of the noise.

    Raises:
        MethodError: a share that is not between 0 and 1.

    Reference:
        Rong, Leemann, Borisov, Kasneci, Kasneci (2022), A Consistent and Efficient Evaluation Strategy for
        Attribution Methods.
    """
    if not shares or not all(0 < share < 1 for share in shares):
        raise MethodError(f"road: the shares are {tuple(shares)}. Give numbers between 0 and 1.")
    ranks = (cell_ranks(-maps, 1), cell_ranks(maps, 1))
    holes = torch.stack([rank < round(share * maps[0].numel()) for rank in ranks for share in shares])
    count = len(maps)

    def make(places: Int[Tensor, " chunk"]) -> tuple[Tensor, Int[Tensor, " chunk"]]:
        pictures, kind = places % count, places // count
        hidden = holes[kind, pictures].to(case.batch.device)
        return _removed(case.batch[pictures], hidden, kind % len(shares), noise, seed), pictures

    found = case.confidences("ROAD", count * len(holes), make).reshape(2, len(shares), count)
    return (found[0] - found[1]).mean(0) / 2


def _removed(
    batch: Float[Tensor, "chunk channel height width"],
    holes: Bool[Tensor, "chunk height width"],
    levels: Int[Tensor, " chunk"],
    noise: float,
    seed: int,
) -> Float[Tensor, "chunk channel height width"]:
    drawn = {
        level: np.random.default_rng([seed, level]).standard_normal(batch.shape[1:], dtype=np.float32)
        for level in set(levels.tolist())
    }
    added = torch.from_numpy(np.stack([drawn[level] for level in levels.tolist()])).to(batch)
    return filled(batch, holes) + noise * added * holes[:, None]
