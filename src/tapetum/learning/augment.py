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


def augmented(
    pictures: Float[Tensor, "batch channel height width"], how: Augmentation, chance: Generator
) -> Float[Tensor, "batch channel height width"]:
    """Pictures with values in 0..1, each flipped, turned, moved, zoomed and lit by amounts of its own.

    All are uniform in their ranges and come from `chance`, in one resampling (bilinear); beyond the border
    the border itself goes on.
    """
    count, _, rows, columns = pictures.shape

    def between(low: float, high: float) -> Float[Tensor, " batch"]:
        return torch.empty(count).uniform_(low, high, generator=chance)

    # Everything is drawn always, so that one amount does not change what is drawn for the others.
    mirror = torch.where(between(0, 1) < how.flip, -1.0, 1.0)
    angle = between(-1, 1) * math.radians(how.rotate)
    down, across = between(-2, 2) * how.shift, between(-2, 2) * how.shift
    zoom = 1 / (1 + between(-1, 1) * how.zoom)
    light = 1 + between(-1, 1) * how.brightness
    found = pictures
    if how.flip or how.rotate or how.shift or how.zoom:
        cosine, sine, ratio = torch.cos(angle) * zoom, torch.sin(angle) * zoom, rows / columns
        along = torch.stack([cosine * mirror, -sine * ratio, across], 1)
        upright = torch.stack([sine / ratio * mirror, cosine, down], 1)
        grid = F.affine_grid(
            torch.stack([along, upright], 1).to(pictures), list(pictures.shape), align_corners=False
        )
        found = F.grid_sample(found, grid, padding_mode="border", align_corners=False)
    return (found * light.view(-1, 1, 1, 1).to(pictures)).clamp(0, 1)
