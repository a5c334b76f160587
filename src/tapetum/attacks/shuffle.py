"""Pictures whose parts have changed places."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


def shuffled(
    picture: Float[Tensor, "channel rows columns"], grid: int, order: Int[np.ndarray, " parts"]
) -> Float[Tensor, "channel rows columns"]:
    """The picture cut into grid × grid equal parts, part `order[k]` at the place of part k.

    Rows and columns that the grid does not divide stay where they are, half of them on either side, so that
    no part is resized.
    """
    down, across = _divided(picture.shape[1], grid), _divided(picture.shape[2], grid)
    whole = picture[:, down, across]
    channels, rows, columns = whole.shape
    tall, wide = rows // grid, columns // grid
    parts = whole.reshape(channels, grid, tall, grid, wide).permute(1, 3, 0, 2, 4).flatten(0, 1)
    moved = parts[torch.from_numpy(order)].reshape(grid, grid, channels, tall, wide).permute(2, 0, 3, 1, 4)
    found = picture.clone()
    found[:, down, across] = moved.reshape(whole.shape)
    return found


def orders(
    grid: int, repetitions: int, seed: int, movable: Sequence[int] | None = None
) -> list[Int[np.ndarray, " parts"]]:
    """Different orders of the parts in which none of the movable ones stays; None moves them all.

    Of few parts there may be fewer orders than repetitions: 9 of four parts.
    """
    places = np.arange(grid * grid) if movable is None else np.asarray(sorted(movable))
    random = np.random.default_rng([seed, grid])
    found: dict[tuple[int, ...], Int[np.ndarray, " parts"]] = {}
    while len(found) < min(repetitions, _derangements(len(places))):
        moved = random.permutation(places)
        if not (moved == places).any():
            order = np.arange(grid * grid)
            order[places] = moved
            found.setdefault(tuple(moved.tolist()), order)
    return list(found.values())


def _derangements(count: int) -> int:
    """How many orders of so many things leave none at its place."""
    before, now = 1, 0
    for size in range(2, count + 1):
        before, now = now, (size - 1) * (before + now)
    return now


def strongest_parts(values: Float[Tensor, "rows columns"], grid: int, count: int) -> list[int]:
    """The parts of the picture that hold most positive evidence of a map of the picture's size."""
    whole = values[_divided(values.shape[0], grid), _divided(values.shape[1], grid)].clamp_min(0)
    tall, wide = (length // grid for length in whole.shape)
    sums = whole.reshape(grid, tall, grid, wide).sum((1, 3)).flatten()
    ranked: list[int] = sums.argsort(descending=True, stable=True)[:count].tolist()
    return ranked


def _divided(length: int, grid: int) -> slice:
    """The middle of so many rows or columns that the grid divides."""
    each = length // grid
    start = (length - each * grid) // 2
    return slice(start, start + each * grid)
