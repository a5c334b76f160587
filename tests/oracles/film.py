"""How much a kernel looks like an edge, step by step: from the definition, slow and obvious."""

import math

import numpy as np


def edge(rows: int, columns: int, angle: float) -> np.ndarray:
    """+1 on the side of a line through the centre that the angle points to, -1 on the other, 0 on it."""
    found = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            right, down = column - (columns - 1) / 2, row - (rows - 1) / 2
            side = right * math.cos(math.pi * angle / 180) + down * math.sin(math.pi * angle / 180)
            if abs(side) > 1e-6:
                found[row, column] = 1 if side > 0 else -1
    return found


def likeness(filter_: np.ndarray) -> tuple[float, float]:
    """The strongest Pearson correlation of a filter (channels, rows, columns) and the angle where it is."""
    rows, columns = filter_.shape[1:]
    whole = [float(sum(filter_[:, r, c])) for r in range(rows) for c in range(columns)]
    best = (0.0, 0.0)
    for step in range(8):
        operator = edge(rows, columns, 22.5 * step).ravel().tolist()
        found = correlation(whole, operator)
        if abs(found) > abs(best[0]):
            best = (found, 22.5 * step)
    return best


def correlation(ones: list[float], others: list[float]) -> float:
    mean, other_mean = sum(ones) / len(ones), sum(others) / len(others)
    pairs = list(zip(ones, others, strict=True))
    together = sum((a - mean) * (b - other_mean) for a, b in pairs)
    spread = math.sqrt(sum((a - mean) ** 2 for a in ones) * sum((b - other_mean) ** 2 for b in others))
    return together / spread if spread > 1e-12 else 0.0


def thinned(count: int, most: int) -> list[int]:
    """What is left of `count` numbers in a list of `most`: those a power of two apart, and the last."""
    stride = 1
    while True:
        found = sorted({*range(0, count, stride), count - 1})
        if len(found) <= most:
            return found
        stride *= 2
