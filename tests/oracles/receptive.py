"""Receptive fields by brute force: which elements change when one row or column of the picture does.

In a linear network that is where the gradient is not zero.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn


def positive(model: nn.Module) -> nn.Module:
    """The model in double precision with every weight positive, so that no two paths cancel."""
    model, generator = model.double().eval(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(0.5, 1.5, generator=generator)
    return model


class Reach:
    """All values of a network for one picture, and for the same picture with one row or column changed."""

    def __init__(self, values: Callable[[Tensor], Mapping[str, Tensor]], rows: int, columns: int) -> None:
        generator = torch.Generator().manual_seed(1)
        picture, change = torch.rand(2, 3, rows, columns, dtype=torch.float64, generator=generator) + 0.5
        batch = picture.repeat(1 + rows + columns, 1, 1, 1)
        for row in range(rows):
            batch[1 + row, :, row] += change[:, row]
        for column in range(columns):
            batch[1 + rows + column, :, :, column] += change[:, :, column]
        with torch.no_grad():
            self.values = values(batch)
        self.rows = rows

    def hull(self, name: str, dim: int, which: int) -> tuple[np.ndarray, np.ndarray]:
        """First and last picture row (`which` 0) or column (1) seen along `dim`; (1, 0) if none."""
        value = self.values[name]
        others = [d for d in range(1, value.dim()) if d != dim]
        if not value.numel():
            return np.ones(value.shape[dim], int), np.zeros(value.shape[dim], int)
        change = (value[1:] - value[:1]).abs().amax(others)
        seen = (change > 1e-9 * value.abs().max()).numpy().T
        seen = seen[:, : self.rows] if which == 0 else seen[:, self.rows :]
        found = seen.any(1)
        first = np.where(found, seen.argmax(1), 1)
        last = np.where(found, seen.shape[1] - 1 - seen[:, ::-1].argmax(1), 0)
        return first, last


def effect(score: Callable[[Tensor], Tensor], batch: Tensor, step: float = 1e-6) -> np.ndarray:
    """The mean absolute slope of a score with respect to each pixel, by central differences.

    `score` gives one number per picture; the mean is taken over the pictures and their colours.
    """
    found = np.zeros(tuple(batch.shape[2:]))
    for row in range(batch.shape[2]):
        for column in range(batch.shape[3]):
            for channel in range(batch.shape[1]):
                more, less = batch.clone(), batch.clone()
                more[:, channel, row, column] += step
                less[:, channel, row, column] -= step
                slopes = (score(more) - score(less)) / (2 * step)
                found[row, column] += float(slopes.abs().sum())
    return found / (batch.shape[0] * batch.shape[1])
