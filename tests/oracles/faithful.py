"""Metrics of faithfulness from their formulas, one picture and one pixel at a time."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

Score = Callable[[Tensor], float]


def changing(picture: Tensor, nothing: Tensor, ranked: list[tuple[int, int]], score: Score) -> list[float]:
    """The score as pixel after pixel of `picture`, in this order, becomes that of `nothing`."""
    now = picture.clone()
    found = [score(now)]
    for row, column in ranked:
        now[:, row, column] = nothing[:, row, column]
        found.append(score(now))
    return found


def ranked(values: Tensor) -> list[tuple[int, int]]:
    """The places of a map without equal values, the strongest first."""
    rows, columns = values.shape
    places = [(row, column) for row in range(rows) for column in range(columns)]
    return sorted(places, key=lambda place: -float(values[place]))


def area(heights: list[float]) -> float:
    """Trapezoidal rule over the unit interval."""
    return sum((a + b) / 2 for a, b in pairwise(heights)) / (len(heights) - 1)


def imputed(picture: Tensor, holes: Tensor) -> Tensor:
    """Holes from the linear equations of their pixels, solved densely (Rong 2022)."""
    channels, rows, columns = picture.shape
    places = [(r, c) for r in range(rows) for c in range(columns) if holes[r, c]]
    number = {place: k for k, place in enumerate(places)}
    matrix = np.zeros((len(places), len(places)))
    right = np.zeros((len(places), channels))
    for (r, c), k in number.items():
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                near = (r + dr, c + dc)
                if (dr, dc) == (0, 0) or not (0 <= near[0] < rows and 0 <= near[1] < columns):
                    continue
                weight = 1 / 12 if dr and dc else 1 / 6
                matrix[k, k] += weight
                if near in number:
                    matrix[k, number[near]] -= weight
                else:
                    right[k] += weight * picture[:, near[0], near[1]].numpy()
    out = picture.clone()
    for place, value in zip(places, np.linalg.solve(matrix, right), strict=True):
        out[:, place[0], place[1]] = torch.from_numpy(value)
    return out


def gini(values: list[float]) -> float:
    """Half the mean absolute difference of all pairs, relative to the mean."""
    sizes = [abs(value) for value in values]
    total = sum(abs(a - b) for a in sizes for b in sizes)
    return total / (2 * len(sizes) * sum(sizes))


def spearman(first: list[float], second: list[float]) -> float:
    """Pearson's correlation of ranks, equal values sharing the mean of theirs."""

    def ranks(values: list[float]) -> np.ndarray:
        below = [sum(other < value for other in values) for value in values]
        equal = [sum(other == value for other in values) for value in values]
        return np.array([b + (e - 1) / 2 for b, e in zip(below, equal, strict=True)])

    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def entropy(values: list[float], bins: int = 100) -> float:
    """Of the histogram of absolute values between 0 and the largest."""
    sizes = np.abs(values)
    counts, _ = np.histogram(sizes, bins=bins, range=(0, sizes.max()))
    shares = [count / len(sizes) for count in counts if count]
    return -sum(share * np.log(share) for share in shares)


def unexplained(sums: list[float], falls: list[float]) -> float:
    """The least share of the falls' squares that a positive multiple of the sums leaves, by trying many."""
    total = sum(fall**2 for fall in falls)
    best = 1.0
    for scale in np.geomspace(1e-4, 1e4, 20_001):
        best = min(best, float(np.sum((scale * np.array(sums) - np.array(falls)) ** 2)) / total)
    return best
