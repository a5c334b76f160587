"""Random moves of a picture, anew at every step, so that no pixel can be relied on.

Shifted, scaled, turned and shifted again; all of it is one map of places, and one resampling.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

GREY = 0.5
"""What surrounds a picture."""

_SIDE = 224.0


@dataclass(frozen=True)
class Transform:
    """How far a picture is moved at random; lengths are pixels of a picture of 224, and grow with it.

    `jitter` and `jitter_after` are ranges: a shift by up to half of them to either side. `turn` is in
    degrees. The defaults go further than those of Lucid (8, 0.9 to 1.1, 10°): on lite0 a picture that is seen
    small and large shows whole animals in their surroundings, where one that hardly moves shows textures with
    edges that grow sharper at every step. `pad` is the width of the mid grey frame that is seen around the
    picture when nothing moves.
    """

    pad: float = 0.0
    jitter: float = 32.0
    scale: tuple[float, float] = (0.5, 1.2)
    turn: float = 15.0
    jitter_after: float = 4.0


MOVES = Transform()
"""What is done where nothing else is asked for."""

STILL = Transform(0.0, 0.0, (1.0, 1.0), 0.0, 0.0)
"""Nothing moves."""


def random_places(
    transform: Transform, chances: Sequence[torch.Generator], rows: int, columns: int
) -> Float[Tensor, "batch 2 3"]:
    """One random map for each picture from the places that are seen to those in the picture.

    As `affine_grid` takes it, in a frame where either axis runs from −1 to 1.
    """
    chance = torch.stack([torch.rand(6, generator=one) for one in chances])
    unit = min(rows, columns) / _SIDE
    low, high = transform.scale
    frame = 1 + 2 * transform.pad * unit / min(rows, columns)
    scale = (low + (high - low) * chance[:, 0]) / frame
    angle = math.radians(transform.turn) * (2 * chance[:, 1] - 1)
    before = transform.jitter * unit * (chance[:, 2:4] - 0.5)
    after = transform.jitter_after * unit * (chance[:, 4:6] - 0.5)
    cos, sin = angle.cos() / scale, angle.sin() / scale
    # In pixels from the centre, (x, y): seen = R · scale · (place + before) + after, solved for the place.
    back = torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)
    shift = -(back @ after[:, :, None])[:, :, 0] - before
    half = torch.tensor([columns / 2, rows / 2])
    return torch.cat([back * half / half[:, None], (shift / half)[:, :, None]], 2)
