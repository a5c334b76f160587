"""What pictures are kept from: sudden changes, extreme values, likeness to their siblings."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.network import Layer


@dataclass(frozen=True, eq=False)
class Restraint:
    """What else is asked of pictures beside their objectives; the numbers are weights, in units of the score.

    Attributes:
        total_variation: against changes between neighbours.
        lp_norm: against black and white.
        diversity: against likeness of the pictures of the batch in the textures of `layer`.
        layer: where pictures are compared; None where they are not.
    """

    total_variation: float = 0.0
    lp_norm: float = 0.0
    diversity: float = 0.0
    layer: Layer | None = None


FREE = Restraint()
"""Nothing but the objectives."""


def total_variation(pixels: Float[Tensor, "batch channel height width"]) -> Float[Tensor, " batch"]:
    r"""Changes between neighbours: the mean of \( (d_{row}^2 + d_{column}^2)^{1/2} \) over the pixels.

    Reference:
        Mahendran & Vedaldi (2015), Understanding Deep Image Representations by Inverting Them.
    """
    down = pixels[:, :, 1:, :-1] - pixels[:, :, :-1, :-1]
    across = pixels[:, :, :-1, 1:] - pixels[:, :, :-1, :-1]
    return (down.square() + across.square() + 1e-8).sqrt().mean((1, 2, 3))


def lp_norm(
    pixels: Float[Tensor, "batch channel height width"], power: float = 6.0
) -> Float[Tensor, " batch"]:
    r"""Extreme values: the mean of \( |2x - 1|^p \), 0 for mid grey and 1 for black and white.

    Reference:
        Mahendran & Vedaldi (2015), Understanding Deep Image Representations by Inverting Them.
    """
    return (2 * pixels - 1).abs().pow(power).mean((1, 2, 3))


def restrained(
    pixels: Float[Tensor, "batch channel height width"], restraint: Restraint
) -> Float[Tensor, "batch channel height width"] | float:
    """The gradient of what is taken off each picture's score for changes between neighbours and extremes."""
    if not (restraint.total_variation or restraint.lp_norm):
        return 0.0
    cost = restraint.total_variation * total_variation(pixels) + restraint.lp_norm * lp_norm(pixels)
    (slope,) = torch.autograd.grad(-cost.sum(), pixels)
    return slope


def likeness(maps: Float[Tensor, "batch channel rows columns"]) -> Float[Tensor, ""]:
    """How alike pictures are in the textures of a layer: the mean cosine between the Gram matrices of pairs.

    Reference:
        Olah, Mordvintsev & Schubert (2017), Feature Visualization.
    """
    flat = maps.flatten(2)
    grams = torch.nn.functional.normalize((flat @ flat.mT).flatten(1), dim=1, eps=1e-10)
    count = len(maps)
    cosines = grams @ grams.T
    return (cosines.sum() - cosines.trace()) / max(1, count * (count - 1))
