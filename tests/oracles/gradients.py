"""Gradient and path methods from their formulas, one sample and one step after another, in float64.

`score` maps a batch of one picture to one number; gradients are those of plain autograd.
"""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

Score = Callable[[Tensor], Tensor]


def slope(score: Score, x: Tensor) -> Tensor:
    """The gradient at one picture."""
    leaf = x.clone().requires_grad_()
    (found,) = torch.autograd.grad(score(leaf), leaf)
    return found


def noisy_slopes(score: Score, x: Tensor, sigma: float, noise: Sequence[Tensor]) -> Tensor:
    """Gradients at copies under noise of sigma times the range of the picture's values."""
    spread = sigma * float(x.max() - x.min())
    return torch.stack([slope(score, x + spread * one) for one in noise])


def integrated(score: Score, x: Tensor, base: Tensor, steps: int = 4000) -> Tensor:
    """Integrated gradients by a fine midpoint sum, channels summed."""
    total = torch.zeros_like(x)
    for step in range(steps):
        total += slope(score, base + (step + 0.5) / steps * (x - base)) / steps
    return ((x - base) * total).sum(0)


def heat(size: int, time: float) -> Tensor:
    """The matrix of diffusion for this time: neighbours exchange what they differ by, nothing leaves."""
    exchange = torch.zeros(size, size, dtype=torch.float64)
    for place in range(size):
        for other in (place - 1, place + 1):
            if 0 <= other < size:
                exchange[place, other] += 1
                exchange[place, place] -= 1
    return torch.linalg.matrix_exp(time * exchange)


def scale_space(x: Tensor, sigma: float) -> Tensor:
    """A picture under a blur of this standard deviation in pixels."""
    return heat(x.shape[1], sigma**2 / 2) @ x @ heat(x.shape[2], sigma**2 / 2).T


def blur_path(score: Score, x: Tensor, strongest: float, steps: int = 2000) -> Tensor:
    """Blur integrated gradients as a sum over small differences of blur."""
    total = torch.zeros_like(x)
    sigmas = [strongest * (1 - step / steps) ** 2 for step in range(steps + 1)]
    for wide, narrow in itertools.pairwise(sigmas):
        change = scale_space(x, narrow) - scale_space(x, wide)
        total += slope(score, scale_space(x, (wide + narrow) / 2)) * change
    return total.sum(0)


def guided_path(score: Score, x: Tensor, base: Tensor, steps: int, fraction: float, slack: float) -> Tensor:
    """Guided integrated gradients (Kapishnikov 2021), group after group of values, in plain Python."""
    goal, start = x.flatten().numpy(), base.flatten().numpy()
    whole = np.abs(goal - start).sum()
    here, total = start.copy(), np.zeros_like(goal)
    size = int(np.ceil(fraction * len(goal)))
    for step in range(1, steps + 1):
        gradient = slope(score, torch.from_numpy(here.copy()).view_as(x)).flatten().numpy()
        low = start + max(step / steps - slack, 0.0) * (goal - start)
        high = start + min(step / steps + slack, 1.0) * (goal - start)
        before = here.copy()
        behind = np.abs(here - start) < np.abs(low - start)
        here[behind] = low[behind]
        movable = [i for i in range(len(goal)) if np.abs(high[i] - start[i]) > np.abs(here[i] - start[i])]
        movable.sort(key=lambda i: abs(gradient[i]))
        wanted = whole * (1 - step / steps)
        while movable and np.abs(goal - here).sum() > wanted + 1e-15:
            group, movable = movable[:size], movable[size:]
            gap = np.abs(goal - here).sum() - wanted
            reach = np.abs(high[group] - here[group]).sum()
            here[group] += min(1.0, gap / reach) * (high[group] - here[group])
        total += (here - before) * gradient
    return torch.from_numpy(total).view_as(x).sum(0)


def conductance(
    before: Callable[[Tensor], Tensor], after: Score, x: Tensor, base: Tensor, steps: int = 2000
) -> Tensor:
    """Conductance of a layer: gradients at midpoints times small changes of the layer's values."""
    total = torch.zeros(1)
    for step in range(steps):
        one, two = (before(base + share / steps * (x - base)).detach() for share in (step, step + 1))
        total = total + slope(after, (one + two) / 2) * (two - one)
    return total.sum(0)


def rectified_back(
    layers: Sequence[Tensor], picture: Tensor, seed: Tensor, kind: str, ceiling: float = float("inf")
) -> Tensor:
    """Guided backprop or deconvnet of linear layers, rectifiers min(max(z, 0), ceiling) between them."""
    values, sums = picture, []
    for weight in layers[:-1]:
        sums.append(weight @ values)
        values = sums[-1].clamp(0, ceiling)
    signal = layers[-1].T @ seed
    for weight, z in zip(reversed(layers[:-1]), reversed(sums), strict=True):
        signal = signal.clamp_min(0)
        if kind == "guided":
            signal = signal * ((z > 0) & (z < ceiling))
        signal = weight.T @ signal
    return signal
