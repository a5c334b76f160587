"""Fill holes in pictures from their borders, so smoothly that the holes themselves tell nothing."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

_STRAIGHT, _DIAGONAL = 1 / 6, 1 / 12
_MOST = 2000


def filled(
    batch: Float[Tensor, "batch channel height width"],
    holes: Bool[Tensor, "batch height width"],
    *,
    tolerance: float = 1e-3,
) -> Float[Tensor, "batch channel height width"]:
    """The pictures with each pixel of a hole the weighted mean of its eight neighbours.

    Straight neighbours weigh 1/6 and diagonal ones 1/12; at the border of the picture the rest is scaled up.
    The equations of all pictures are solved together by conjugate gradients, from a coarse filling on, until
    what is left of them is below `tolerance` of the pictures' contrast. A picture that is all hole is zero.
    """
    inside = holes[:, None].to(batch.dtype).expand_as(batch)
    known = batch * (1 - inside)
    around = _neighbours(torch.ones_like(batch[:1, :1]))

    def apply(x: Tensor) -> Tensor:
        return inside * (around * x - _neighbours(x))

    x = inside * _coarse(batch, 1 - inside)
    residual = inside * _neighbours(known) - apply(x)
    direction = residual / around
    power = _dot(residual, direction)
    enough = (tolerance * batch.std((1, 2, 3), keepdim=True)) ** 2 * _dot(inside, inside).clamp_min(1)
    for _ in range(_MOST):
        if bool((power <= enough).all()):
            break
        moved = apply(direction)
        step = power / _dot(direction, moved).clamp_min(1e-30)
        x = x + step * direction
        residual = residual - step * moved
        next_power = _dot(residual, residual / around)
        direction = residual / around + next_power / power.clamp_min(1e-30) * direction
        power = next_power
    return known + inside * x


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum((1, 2, 3), keepdim=True)


def _neighbours(x: Tensor) -> Tensor:
    """The weighted sum of the eight neighbours of each pixel; nothing outside the picture."""
    row = F.pad(x, (1, 1, 0, 0))
    row = row[..., :-2] + 2 * x + row[..., 2:]
    column = F.pad(row, (0, 0, 1, 1))
    return (column[..., :-2, :] + 2 * row + column[..., 2:, :]) * _DIAGONAL - 2 * _STRAIGHT * x


def _coarse(batch: Tensor, known: Tensor) -> Tensor:
    """Every pixel from the known ones around it, as near as there are any: means over ever larger squares."""
    if min(batch.shape[2:]) <= 1:
        return batch * known
    weight = F.avg_pool2d(known, 2, ceil_mode=True)
    mean = F.avg_pool2d(batch * known, 2, ceil_mode=True) / weight.clamp_min(1e-12)
    below = _coarse(mean, (weight > 0).to(batch.dtype))
    filling = F.interpolate(below, batch.shape[2:], mode="bilinear", align_corners=False)
    return known * batch + (1 - known) * filling
