"""Augmentation: small changes of training pictures that leave their class what it is."""

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Generator, Tensor

from tapetum.errors import DataError


@dataclass(frozen=True)
class Augmentation:
    """How much training pictures are changed at random, each time they are used.

    Attributes:
        flip: the share of pictures that are mirrored, left for right.
        rotate: at most so many degrees either way.
        shift: at most this share of the height and of the width.
        zoom: larger or smaller by at most this share.
        brightness: brighter or darker by at most this share.
    """

    flip: float = 0.0
    rotate: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0

    def __post_init__(self) -> None:
        """Check every amount."""
        for field in fields(self):
            value, most = getattr(self, field.name), _MOST[field.name]
            if not 0 <= value <= most:
                raise DataError(
                    f"The augmentation {field.name} is {value:g}. Give a number from 0 to {most:g}."
                )


_MOST = {"flip": 1.0, "rotate": 180.0, "shift": 0.9, "zoom": 0.9, "brightness": 1.0}
_USUAL = {"flip": 0.5, "rotate": 10.0, "shift": 0.1, "zoom": 0.1, "brightness": 0.2}


def parse_augmentation(text: str) -> Augmentation:
    """Kinds with commas between, each with its amount or without: `flip,rotate=15`.

    Raises:
        DataError: an unknown kind, or an amount that is no number or out of range.

    Example:
        >>> parse_augmentation("flip,rotate=15")
        Augmentation(flip=0.5, rotate=15.0, shift=0.0, zoom=0.0, brightness=0.0)
    """
    amounts: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, amount = part.partition("=")
        if name not in _USUAL:
            raise DataError(f"There is no augmentation {name!r}. Give some of: {', '.join(_USUAL)}.")
        try:
            amounts[name] = float(amount) if amount else _USUAL[name]
        except ValueError:
            raise DataError(
                f"The augmentation {part!r} has no number. Write {name}={_USUAL[name]:g}."
            ) from None
    return Augmentation(**amounts)


@dataclass(frozen=True, eq=False)
class Amounts:
    """How each picture of a batch is changed.

    Attributes:
        mirror: −1 for a mirrored picture, else 1.
        angle: in radians, clockwise where positive.
        down: shares of the height that it moves down.
        across: shares of the width that it moves to the right.
        zoom: how many times larger it gets.
        light: how many times brighter.
    """

    mirror: Float[Tensor, " batch"]
    angle: Float[Tensor, " batch"]
    down: Float[Tensor, " batch"]
    across: Float[Tensor, " batch"]
    zoom: Float[Tensor, " batch"]
    light: Float[Tensor, " batch"]


def drawn(how: Augmentation, count: int, chance: Generator) -> Amounts:
    """Amounts for so many pictures, uniform in their ranges; all are drawn, whatever of them is asked for."""

    def between(most: float) -> Float[Tensor, " batch"]:
        return torch.empty(count).uniform_(-1, 1, generator=chance) * most

    return Amounts(
        mirror=torch.where(between(0.5) + 0.5 < how.flip, -1.0, 1.0),
        angle=between(math.radians(how.rotate)),
        down=between(how.shift),
        across=between(how.shift),
        zoom=1 + between(how.zoom),
        light=1 + between(how.brightness),
    )


def changed(
    pictures: Float[Tensor, "batch channel height width"], by: Amounts
) -> Float[Tensor, "batch channel height width"]:
    r"""Pictures with values in 0..1, each mirrored, zoomed, turned, moved and lit.

    The value at p, from the centre, is that of the picture at M⁻¹(p − t), where M is the mirror, then the
    zoom, then the turn, and t the move: one resampling (bilinear), beyond the border the border itself.
    """
    rows, columns = pictures.shape[2:]
    ratio = rows / columns
    cosine, sine = torch.cos(by.angle) / by.zoom, torch.sin(by.angle) / by.zoom
    # The grid's unit is half a picture, so that a share of it counts twice.
    across, down = -2 * by.across, -2 * by.down
    along = torch.stack([cosine, sine * ratio, cosine * across + sine * ratio * down], 1)
    upright = torch.stack([-sine / ratio, cosine, cosine * down - sine / ratio * across], 1)
    theta = torch.stack([along * by.mirror[:, None], upright], 1).to(pictures)
    found = pictures
    if not torch.equal(theta, torch.eye(2, 3).to(theta).expand_as(theta)):
        grid = F.affine_grid(theta, list(pictures.shape), align_corners=False)
        found = F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    return (found * by.light.view(-1, 1, 1, 1).to(pictures)).clamp(0, 1)
