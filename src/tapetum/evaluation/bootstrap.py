"""Bootstrap: how sure a mean over pictures is."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor


def interval(
    values: Float[Tensor, " pictures"], *, samples: int = 2000, level: float = 0.95, seed: int = 0
) -> tuple[float, float] | None:
    """The range that holds `level` of the means of pictures drawn again with replacement.

    None for fewer than two pictures, of which nothing can be said.

    Reference:
        Efron, Tibshirani (1993), An Introduction to the Bootstrap.
    """
    count = len(values)
    if count < 2:
        return None
    drawn = np.random.default_rng(seed).integers(0, count, (samples, count))
    means = values.double()[torch.from_numpy(drawn)].mean(1)
    tail = (1 - level) / 2
    low, high = torch.quantile(means, torch.tensor([tail, 1 - tail], dtype=torch.float64)).tolist()
    return low, high
