"""How strongly the channels of a layer answer a picture, and which of them are silent."""

from jaxtyping import Bool, Float
from torch import Tensor

SILENT = 0.01
"""A channel is silent where its largest |value| is below this share of the layer's largest."""


def silent(values: Float[Tensor, "channel rows columns"]) -> Bool[Tensor, " channel"]:
    """Which channels are silent: their largest |value| is below 1 % of the layer's largest.

    In a layer that is zero everywhere all are.

    Example:
        >>> import torch
        >>> silent(torch.tensor([[[200.0]], [[-3.0]], [[1.0]]])).tolist()
        [False, False, True]
    """
    peaks = values.abs().amax((1, 2))
    return (peaks < SILENT * peaks.max()) | (peaks == 0)


def strength(values: Float[Tensor, "channel rows columns"]) -> Float[Tensor, " channel"]:
    """How much a channel has to say about this picture.

    The standard deviation of its values over the picture; the |value| of a channel that has only one.
    """
    if values.shape[1] * values.shape[2] == 1:
        return values.abs().flatten(1)[:, 0].float()
    return values.float().std((1, 2), correction=0)


def strongest_first(values: Float[Tensor, "channel rows columns"]) -> list[int]:
    """The channels by their strength, the strongest first; equal ones by their number."""
    found: list[int] = strength(values).argsort(descending=True, stable=True).tolist()
    return found
