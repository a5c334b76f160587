"""Attacks from their formulas, on networks linear in the pixels, in float64 and by trying everything.

`weights` has a row of pixel weights for each class, `bias` a number: the logits are weights @ x + bias.
"""

import itertools
import math

import torch
from torch import Tensor


def best_corner(slope: Tensor, epsilon: float) -> float:
    """The most that a linear function rises over all changes of +epsilon or -epsilon in every pixel."""
    corners = itertools.product((-epsilon, epsilon), repeat=len(slope))
    return max(sum(s * c for s, c in zip(slope.tolist(), corner, strict=True)) for corner in corners)


def flipping_levels(weights: Tensor, bias: Tensor, x: Tensor) -> int:
    """The smallest whole k with which a change of k/255 per pixel turns the verdict of two classes."""
    logits = weights @ x + bias
    said = int(logits.argmax())
    lead = float(logits[said] - logits[1 - said])
    return math.floor(255 * lead / float((weights[0] - weights[1]).abs().sum())) + 1


def nearest_boundary(weights: Tensor, bias: Tensor, x: Tensor) -> Tensor:
    """The shortest change that leads to where another class is as strong as the verdict."""
    logits = weights @ x + bias
    said = int(logits.argmax())
    best = None
    for other in range(len(bias)):
        if other == said:
            continue
        towards = weights[other] - weights[said]
        change = float(logits[said] - logits[other]) * towards / float(towards @ towards)
        if best is None or change.norm() < best.norm():
            best = change
    assert best is not None
    return best


def best_whole(slope: Tensor, length: float, largest: int) -> float:
    """The most that a linear function rises over all whole changes of at most this Euclidean length."""
    steps = range(-largest, largest + 1)
    changes = (torch.tensor(c, dtype=slope.dtype) for c in itertools.product(steps, repeat=len(slope)))
    return max(float(slope @ c) for c in changes if float(c.norm()) <= length + 1e-9)


def rearranged(picture: Tensor, grid: int, order: list[int]) -> Tensor:
    """The picture pixel by pixel with part order[k] at the place of part k; the grid divides its sides."""
    _, rows, columns = picture.shape
    tall, wide = rows // grid, columns // grid
    found = picture.clone()
    for row in range(rows):
        for column in range(columns):
            part = (row // tall) * grid + column // wide
            from_row, from_column = divmod(order[part], grid)
            found[:, row, column] = picture[
                :, from_row * tall + row % tall, from_column * wide + column % wide
            ]
    return found
