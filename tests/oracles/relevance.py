"""Relevance rules and DeepLIFT on explicit matrices, one output and one input at a time."""

from collections.abc import Callable

import torch
from torch import Tensor

SMALL = 1e-6
"""What every rule but ε itself adds to its denominators."""


def matrix(layer: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """The matrix (outputs, inputs) and the bias of an affine layer, from its answers to unit vectors."""
    inputs = int(torch.tensor(shape).prod())
    bias = layer(torch.zeros(1, *shape, dtype=torch.float64)).flatten()
    columns = layer(torch.eye(inputs, dtype=torch.float64).view(inputs, *shape)).flatten(1) - bias
    return columns.T, bias


def shared(contributions: Tensor, constant: Tensor, relevance: Tensor, small: float = SMALL) -> Tensor:
    """Each input's part of every output's relevance; `constant` (the bias) keeps its own part."""
    out = torch.zeros(contributions.shape[1], dtype=contributions.dtype)
    for j in range(len(contributions)):
        whole = contributions[j].sum() + constant[j]
        whole = whole + small if whole >= 0 else whole - small
        for i in range(len(out)):
            out[i] += contributions[j, i] / whole * relevance[j]
    return out


def epsilon(w: Tensor, b: Tensor, x: Tensor, relevance: Tensor, epsilon: float) -> Tensor:
    return shared(w * x, b, relevance, epsilon)


def z_plus(w: Tensor, b: Tensor, x: Tensor, relevance: Tensor) -> Tensor:
    return shared((w * x).clamp(min=0), b.clamp(min=0), relevance)


def alpha_beta(w: Tensor, b: Tensor, x: Tensor, relevance: Tensor, alpha: float) -> Tensor:
    negative = shared((w * x).clamp(max=0), b.clamp(max=0), relevance)
    return alpha * z_plus(w, b, x, relevance) - (alpha - 1) * negative


def gamma(w: Tensor, b: Tensor, x: Tensor, relevance: Tensor, gamma: float) -> Tensor:
    z, contributions, constant = w @ x + b, w * x, b.clone()
    for j in range(len(z)):
        same = (contributions[j] * z[j] > 0).to(z)
        contributions[j] = contributions[j] * (1 + gamma * same)
        constant[j] = constant[j] * (1 + gamma * float(constant[j] * z[j] > 0))
    return shared(contributions, constant, relevance)


def z_box(w: Tensor, x: Tensor, low: Tensor, high: Tensor, relevance: Tensor) -> Tensor:
    contributions = w * x - w.clamp(min=0) * low - w.clamp(max=0) * high
    return shared(contributions, torch.zeros(len(w), dtype=w.dtype), relevance)


def w_square(w: Tensor, relevance: Tensor) -> Tensor:
    return shared(w**2, torch.zeros(len(w), dtype=w.dtype), relevance)


def flat(connected: Tensor, relevance: Tensor) -> Tensor:
    """`connected` is 1 where output j sees input i, otherwise 0."""
    return shared(connected, torch.zeros(len(connected), dtype=connected.dtype), relevance)


def rescale(
    weights: list[tuple[Tensor, Tensor]],
    activation: Callable[[Tensor], Tensor],
    x: Tensor,
    reference: Tensor,
    target: int,
) -> Tensor:
    """DeepLIFT's contributions for linear layers with an activation between them."""
    steps = []
    before, after = x, reference
    for place, (w, b) in enumerate(weights):
        z, old = w @ before + b, w @ after + b
        last = place == len(weights) - 1
        before, after = (z, old) if last else (activation(z), activation(old))
        steps.append((w, z - old, before - after))
    multiplier = torch.zeros(len(weights[-1][0]), dtype=x.dtype)
    multiplier[target] = 1
    for w, difference, change in reversed(steps):
        through = torch.zeros(w.shape[1], dtype=x.dtype)
        for j in range(len(w)):
            through += multiplier[j] * change[j] / difference[j] * w[j]
        multiplier = through
    return multiplier * (x - reference)
