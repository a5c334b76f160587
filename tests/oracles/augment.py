"""One picture changed as augmentation says, pixel by pixel."""

import math

import numpy as np


def changed(
    picture: np.ndarray,
    *,
    mirror: float = 1.0,
    angle: float = 0.0,
    down: float = 0.0,
    across: float = 0.0,
    zoom: float = 1.0,
    light: float = 1.0,
) -> np.ndarray:
    """(rows, columns) in 0..1: mirrored, then zoomed, turned clockwise and moved, about its centre."""
    rows, columns = picture.shape
    found = np.zeros_like(picture)
    for row in range(rows):
        for column in range(columns):
            # Where the pixel's centre was before, walking every step back.
            y, x = row + 0.5 - rows / 2 - down * rows, column + 0.5 - columns / 2 - across * columns
            x, y = (
                math.cos(angle) * x + math.sin(angle) * y,
                -math.sin(angle) * x + math.cos(angle) * y,
            )
            x, y = x / zoom * mirror, y / zoom
            found[row, column] = _between(picture, y + rows / 2 - 0.5, x + columns / 2 - 0.5)
    return np.clip(found * light, 0, 1)


def _between(picture: np.ndarray, row: float, column: float) -> float:
    rows, columns = picture.shape
    row, column = min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)
    top, left = min(int(row), rows - 2), min(int(column), columns - 2)
    below, right = row - top, column - left
    return (
        picture[top, left] * (1 - below) * (1 - right)
        + picture[top, left + 1] * (1 - below) * right
        + picture[top + 1, left] * below * (1 - right)
        + picture[top + 1, left + 1] * below * right
    )
