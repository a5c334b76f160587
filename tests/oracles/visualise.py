"""Moves of a picture and slopes, one pixel and one number at a time."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def seen_by_loops(picture: Tensor, transform: Any, drawn: list[float]) -> Tensor:
    """Where a pixel that is seen comes from: every move undone in turn, then the mean of four neighbours."""
    channels, rows, columns = picture.shape
    unit = min(rows, columns) / 224
    frame = 1 + 2 * transform.pad / 224
    scale = (transform.scale[0] + (transform.scale[1] - transform.scale[0]) * drawn[0]) / frame
    angle = math.radians(transform.turn * (2 * drawn[1] - 1))
    first = [transform.jitter * unit * (value - 0.5) for value in drawn[2:4]]
    last = [transform.jitter_after * unit * (value - 0.5) for value in drawn[4:6]]
    found = torch.zeros_like(picture)
    for i in range(rows):
        for j in range(columns):
            x, y = j + 0.5 - columns / 2 - last[0], i + 0.5 - rows / 2 - last[1]
            x, y = (math.cos(angle) * x + math.sin(angle) * y, -math.sin(angle) * x + math.cos(angle) * y)
            x, y = x / scale - first[0], y / scale - first[1]
            x, y = x + columns / 2 - 0.5, y + rows / 2 - 0.5
            for c in range(channels):
                found[c, i, j] = between(picture[c], y, x)
    return found


def between(plane: Tensor, y: float, x: float) -> float:
    """The value between four pixels; beyond the border everything is 0.5."""
    top, left = math.floor(y), math.floor(x)
    total = 0.0
    for row, share in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, part in ((left, 1 - (x - left)), (left + 1, x - left)):
            inside = 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]
            total += share * part * (float(plane[row, column]) if inside else 0.5)
    return total


def numeric_slope(function: Callable[[Tensor], float], at: Tensor, step: float = 1e-6) -> Tensor:
    """Central differences, one number at a time."""
    found = torch.zeros_like(at)
    for place in range(at.numel()):
        moved = at.clone().flatten()
        moved[place] += step
        above = function(moved.view_as(at))
        moved[place] -= 2 * step
        found.view(-1)[place] = (above - function(moved.view_as(at))) / (2 * step)
    return found
