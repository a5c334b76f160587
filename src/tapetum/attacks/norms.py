"""How large a change is: the largest of any value, or the Euclidean length over a picture."""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attacks.subject import Pixels

Norm = Literal["linf", "l2"]
Budget = Float[Tensor, " batch"]


def length(change: Pixels, norm: Norm) -> Budget:
    """The size of each picture's change."""
    flat = change.flatten(1)
    return flat.abs().amax(1) if norm == "linf" else flat.norm(dim=1)


def steepest(slope: Pixels, norm: Norm) -> Pixels:
    r"""The change of size 1 that raises a linear function with this slope most.

    \( \mathrm{sign}(g) \) for the largest value, \( g / \lVert g \rVert_2 \) for the length.
    """
    if norm == "linf":
        return slope.sign()
    # By the largest value first: the squares of very small slopes would be lost.
    scaled = slope / _tall(length(slope, "linf").clamp_min(torch.finfo(slope.dtype).tiny))
    return scaled / _tall(length(scaled, "l2").clamp_min(torch.finfo(slope.dtype).tiny))


def within(change: Pixels, epsilon: Budget, norm: Norm) -> Pixels:
    """The nearest change of at most this size."""
    if norm == "linf":
        return change.clamp(-_tall(epsilon), _tall(epsilon))
    size = length(change, "l2")
    return change * _tall(torch.where(size > epsilon, epsilon / size, 1.0))


def drawn(like: Pixels, epsilon: Budget, norm: Norm, random: np.random.Generator) -> Pixels:
    """One random change for all pictures, scaled to the budget of each.

    Uniform within the budget of each value, or a random direction with a length that is uniform within it.
    """
    shape = tuple(like.shape[1:])
    if norm == "linf":
        noise = random.uniform(-1, 1, shape)
    else:
        noise = random.standard_normal(shape)
        noise *= random.uniform() / np.linalg.norm(noise)
    return torch.from_numpy(noise).to(like) * _tall(epsilon)


def _tall(values: Budget) -> Float[Tensor, "batch 1 1 1"]:
    return values[:, None, None, None]
