"""Completeness: whether the values of a map sum to what they promise to explain."""

from jaxtyping import Float
from torch import Tensor


def completeness(
    maps: Float[Tensor, "pictures rows columns"], residual: Float[Tensor, " pictures"]
) -> Float[Tensor, " pictures"]:
    r"""The share of the score that the map's values leave unexplained, or explain twice.

    \( |r| \, / \, |\sum_{ij} M_{ij} - r| \)

    where r is what the sum misses the explained difference by. 0 is exact; lower is better.

    Args:
        maps: the raw values, at the method's own resolution.
        residual: the sum of each map minus the difference that it promises to explain.

    Reference:
        Sundararajan, Taly, Yan (2017), Axiomatic Attribution for Deep Networks.
    """
    promised = maps.double().sum((1, 2)) - residual.double()
    return (residual.double().abs() / promised.abs().clamp_min(1e-12)).float()
