"""Perturbation methods from their formulas, one picture at a time, slow and obvious."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Score = Callable[[Tensor], float]
"""The score of one prepared picture, (channel, rows, columns)."""


def occlusion(score: Score, picture: Tensor, baseline: Tensor, side: int, step: int) -> Tensor:
    """Per pixel the mean drop of the windows that cover it; the last window is cut off at the edge."""
    _, rows, columns = picture.shape
    drops, counts = torch.zeros(rows, columns).double(), torch.zeros(rows, columns)
    for down in range(math.ceil((rows - side) / step) + 1):
        for across in range(math.ceil((columns - side) / step) + 1):
            hidden = picture.clone()
            for row in range(down * step, min(down * step + side, rows)):
                for column in range(across * step, min(across * step + side, columns)):
                    hidden[:, row, column] = baseline[:, row, column]
            drop = score(picture) - score(hidden)
            window = (slice(down * step, down * step + side), slice(across * step, across * step + side))
            drops[window] += drop
            counts[window] += 1
    return drops / counts


def rise(score: Score, picture: Tensor, baseline: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """The mean score where a place is seen; and that minus the mean score where it is not."""
    seen = [score(mask * picture + (1 - mask) * baseline) for mask in masks]
    shown = sum(s * mask for s, mask in zip(seen, masks, strict=True)) / masks.sum(0)
    hidden = sum(s * (1 - mask) for s, mask in zip(seen, masks, strict=True)) / (1 - masks).sum(0)
    return shown, shown - hidden


def with_parts(picture: Tensor, baseline: Tensor, parts: Tensor, there: tuple[int, ...]) -> Tensor:
    """The picture with the superpixels for which `there` is 1, the baseline elsewhere."""
    out = baseline.clone()
    for number, kept in enumerate(there):
        if kept:
            out[:, parts == number] = picture[:, parts == number]
    return out


def ridge(z: np.ndarray, s: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """Coefficients of weighted least squares with a free intercept, by its normal equations."""
    design = np.concatenate([np.ones((len(z), 1)), z], 1)
    keep = np.diag([0.0] + [penalty] * z.shape[1])
    return np.linalg.solve(design.T @ np.diag(weights) @ design + keep, design.T @ (weights * s))[1:]


def lime_weights(z: np.ndarray, width: float) -> np.ndarray:
    out = []
    for row in z:
        ones = np.ones(len(row))
        norms = np.linalg.norm(row) * np.linalg.norm(ones)
        distance = 1 - (row @ ones / norms if norms else 0.0)
        out.append(math.sqrt(math.exp(-(distance**2) / width**2)))
    return np.array(out)


def shapley(value: Callable[[tuple[int, ...]], float], count: int) -> list[float]:
    """Mean gain over all orders of appearance, counted per set of those that came before."""
    out = []
    for player in range(count):
        total = 0.0
        for others in itertools.product((0, 1), repeat=count - 1):
            before = (*others[:player], 0, *others[player:])
            after = (*others[:player], 1, *others[player:])
            size = sum(others)
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            total += weight * (value(after) - value(before))
        out.append(total)
    return out


def constrained(z: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Least squares through both ends (rows 0 and 1 of z), by the equations with a Lagrange multiplier."""
    count = z.shape[1]
    inner, gains = z[2:], s[2:] - s[0]
    matrix = np.zeros((count + 1, count + 1))
    matrix[:count, :count] = inner.T @ inner
    matrix[:count, count] = matrix[count, :count] = 1
    return np.linalg.solve(matrix, np.append(inner.T @ gains, s[1] - s[0]))[:count]


def total_order(score: Callable[[Tensor], float], first: Tensor, second: Tensor) -> list[float]:
    """Jansen's estimate for each cell; `first` and `second` are (design, cells, cells)."""
    own = [score(mask) for mask in first]
    variance = sum((s - sum(own) / len(own)) ** 2 for s in own) / len(own)
    out = []
    for cell in range(first[0].numel()):
        moved = 0.0
        for k in range(len(first)):
            mask = first[k].clone()
            mask.view(-1)[cell] = second[k].reshape(-1)[cell]
            moved += (own[k] - score(mask)) ** 2
        out.append(moved / (2 * len(first)) / variance)
    return out


def hsic(cell: np.ndarray, scores: np.ndarray) -> float:
    """tr(K H L H) / (n − 1)² with every matrix written out."""
    n = len(scores)
    width = float(np.median([abs(scores[i] - scores[j]) for i in range(n) for j in range(i + 1, n)]))
    inputs = np.array([[0.5 - (a - b) ** 2 for b in cell] for a in cell])
    outputs = np.array([[math.exp(-((a - b) ** 2) / (2 * width**2)) for b in scores] for a in scores])
    centring = np.eye(n) - np.ones((n, n)) / n
    return float(np.trace(inputs @ centring @ outputs @ centring)) / (n - 1) ** 2
