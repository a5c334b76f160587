"""The smallest budget that is enough, by bisection over whole levels."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from tapetum.progress import stage

Fools = Callable[[Int[Tensor, " some"], Int[Tensor, " some"]], Bool[Tensor, " some"]]
"""fools(places, levels): whether these pictures are fooled, each with its budget of so many 1/255."""


def smallest_levels(
    fools: Fools, tried: int, reached: Bool[Tensor, " batch"], limit: int
) -> Int[Tensor, " batch"]:
    """The smallest whole budget that fools each picture; 0 where none up to the limit does.

    Budgets are taken to fool whenever a smaller one does, so it is the smallest that a bisection finds: the
    budget below it does not fool.

    Args:
        fools: tries budgets.
        tried: a budget that was tried before,
        reached: and whom it fooled.
        limit: the largest to try.
    """
    low = torch.where(reached, 0, tried)
    high = torch.where(reached, tried, max(limit, tried))
    with stage("Smallest budget", 1 + int(high.max()).bit_length()) as advance:
        unsure = (~reached & (high > low)).nonzero()[:, 0]
        never = ~reached
        if len(unsure):
            never[unsure] = ~fools(unsure, high[unsure])
        advance(1)
        while len(open_ := (~never & (high - low > 1)).nonzero()[:, 0]):
            middle = (low[open_] + high[open_]) // 2
            enough = fools(open_, middle)
            high[open_] = torch.where(enough, middle, high[open_])
            low[open_] = torch.where(enough, low[open_], middle)
            advance(1)
    return torch.where(never, 0, high)
