"""What a network says while a picture is hidden, or shown, place by place in the order of a map."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tapetum.errors import MethodError
from tapetum.evaluation.case import Case

CELLS = 28
"""Squares along a picture's shorter side, unless another number of pixels is asked for."""


def confidence_curve(
    case: Case,
    maps: Float[Tensor, "pictures height width"],
    start: Float[Tensor, "pictures channel height width"],
    end: Float[Tensor, "pictures channel height width"],
    *,
    what: str,
    steps: int,
    cell: int | None,
) -> Float[Tensor, "pictures shares"]:
    """The confidence in the target while `start` becomes `end`, square by square, the map's strongest first.

    Column k holds it when the share k / steps of all squares has changed.

    Raises:
        MethodError: fewer than one step, or squares without pixels.
    """
    if steps < 1:
        raise MethodError(f"{what}: steps is {steps}. Give a whole number of at least 1.")
    ranks = cell_ranks(maps, cell)
    count, cells = len(maps), int(ranks[0].max()) + 1

    def make(places: Int[Tensor, " chunk"]) -> tuple[Tensor, Int[Tensor, " chunk"]]:
        pictures, step = places % count, places // count
        changed = ranks[pictures] < torch.round(step / steps * cells)[:, None, None]
        return torch.where(changed[:, None].to(start.device), end[pictures], start[pictures]), pictures

    found = case.confidences(what, count * (steps + 1), make)
    return found.reshape(steps + 1, count).T.contiguous()


def area_under(curve: Float[Tensor, "pictures shares"]) -> Float[Tensor, " pictures"]:
    """The mean height of a curve whose columns lie at equal distances (trapezoidal rule)."""
    return (curve[:, :-1] + curve[:, 1:]).mean(1) / 2


def cell_ranks(
    maps: Float[Tensor, "pictures height width"], cell: int | None
) -> Int[Tensor, "pictures height width"]:
    """Per pixel, the place of its square in the order of the map, the strongest first.

    A square counts with the mean of its pixels. Equal squares, such as all of a map that is zero, come in an
    order drawn once: they are hidden as by chance, and not from the top.

    Raises:
        MethodError: squares without pixels.
    """
    rows, columns = maps.shape[1:]
    side = max(1, round(min(rows, columns) / CELLS)) if cell is None else cell
    if side < 1:
        raise MethodError(f"The squares have {side} pixels a side. Give at least 1.")
    means = torch.nn.functional.avg_pool2d(
        maps[:, None].double().cpu(), side, ceil_mode=True, count_include_pad=False
    )[:, 0]
    down, across = means.shape[1:]
    chance = np.random.default_rng(0).permutation(down * across)
    ranks = torch.empty((len(maps), down * across), dtype=torch.long)
    for place, values in enumerate(means.flatten(1).numpy()):
        order = np.lexsort((chance, -values))
        ranks[place, torch.from_numpy(order)] = torch.arange(len(order))
    grid = ranks.reshape(len(maps), down, across)
    return grid.repeat_interleave(side, 1).repeat_interleave(side, 2)[:, :rows, :columns]
