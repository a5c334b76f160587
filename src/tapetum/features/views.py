"""What the network is shown of a picture at one step: the picture moved at random, or random parts of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from tapetum.features.transforms import GREY, Transform, random_places

_CROP, _CROP_SPREAD, _NOISE = 0.45, 0.15, 0.1


@dataclass(frozen=True, eq=False)
class Views:
    """How pictures are shown.

    Attributes:
        each: how many views the network gets of one picture at a step.
        places: draws where they lie: one map per view, as `affine_grid` takes it, the views of one picture
            side by side.
        noise: how strong a noise is added to them.
    """

    each: int
    places: Callable[[], Float[Tensor, "views 2 3"]]
    noise: float = 0.0


def whole(transform: Transform, seeds: Sequence[int], rows: int, columns: int) -> Views:
    """The whole picture, moved at random, each from a seed of its own."""
    chances = _chances(seeds)
    return Views(1, lambda: random_places(transform, chances, rows, columns))


def crops(each: int, seeds: Sequence[int]) -> Views:
    """Square parts of a picture, about half of its side long, at places spread around its middle."""
    chances = _chances(seeds)

    def draw() -> Float[Tensor, "views 2 3"]:
        share = torch.cat([torch.randn(each, generator=one) for one in chances])
        share = (_CROP + _CROP_SPREAD * share).clamp(0.1, 1.0)
        middle = torch.cat([torch.randn(each, 2, generator=one) for one in chances])
        room = (1 - share)[:, None]
        shift = (middle * 0.5).clamp(-1, 1) * room
        unit = share[:, None, None] * torch.eye(2)
        return torch.cat([unit, shift[:, :, None]], 2)

    return Views(each, draw, _NOISE)


def seen(
    pictures: Float[Tensor, "views channel tall wide"],
    places: Float[Tensor, "views 2 3"],
    rows: int,
    columns: int,
) -> Float[Tensor, "views channel height width"]:
    """The pictures as they are seen at these places; what lies outside of them is mid grey."""
    size = [len(places), 1, rows, columns]
    grid = F.affine_grid(places.to(pictures), size, align_corners=False)
    found = F.grid_sample(pictures - GREY, grid, align_corners=False, padding_mode="zeros")
    return found + GREY


def _chances(seeds: Sequence[int]) -> list[torch.Generator]:
    """Not the streams that the pictures themselves are drawn from."""
    return [torch.Generator().manual_seed(seed + (1 << 32)) for seed in seeds]
