"""Class activation maps from their formulas, one picture at a time, slow and obvious."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

Score = Callable[[Tensor], Tensor]
"""From a batch of one to the number that is explained."""


def slopes(activations: Tensor, score: Callable[[Tensor], Tensor], step: float = 1e-5) -> Tensor:
    """The derivative of the score by every value of the feature maps, by central differences."""
    out = torch.zeros_like(activations)
    for place in np.ndindex(*activations.shape):
        up, down = activations.clone(), activations.clone()
        up[place] += step
        down[place] -= step
        out[place] = (score(up) - score(down)) / (2 * step)
    return out


def grad_cam_plus_plus(activations: Tensor, gradient: Tensor) -> Tensor:
    """Equations 9 and 19 of the paper; the k-th derivative of exp(s) is exp(s) times the k-th power of g."""
    out = torch.zeros_like(activations[0])
    for feature, g in zip(activations, gradient, strict=True):
        weight = 0.0
        for row in range(g.shape[0]):
            for column in range(g.shape[1]):
                slope = float(g[row, column])
                if slope > 0:
                    below = 2 * slope**2 + slope**3 * float(feature.sum())
                    weight += slope**2 / below * slope
        out += weight * feature
    return out


def xgrad_cam(activations: Tensor, gradient: Tensor) -> Tensor:
    """Equation 8 of the paper."""
    out = torch.zeros_like(activations[0])
    for feature, g in zip(activations, gradient, strict=True):
        if float(feature.sum()) != 0:
            out += float((feature / feature.sum() * g).sum()) * feature
    return out


def layer_cam(activations: Tensor, gradient: Tensor) -> Tensor:
    """Each place of each channel weighted by its own positive gradient."""
    out = torch.zeros_like(activations[0])
    for feature, g in zip(activations, gradient, strict=True):
        out += g.clamp_min(0) * feature
    return out


def first_component(maps: Tensor, along: Tensor) -> Tensor:
    """Places projected on the first right singular vector of the whole centred matrix, `along` a map."""
    matrix = maps.flatten(1).T.numpy()
    matrix = matrix - matrix.mean(0)
    _, _, right = np.linalg.svd(matrix, full_matrices=True)
    found = matrix @ right[0]
    if np.corrcoef(found, along.flatten().numpy())[0, 1] < 0:
        found = -found
    return torch.from_numpy(found).view(maps.shape[1:])


def score_cam(picture: Tensor, activations: Tensor, score: Score, hidden: Tensor, *, softmax: bool) -> Tensor:
    """One picture per feature map, seen through it."""
    seen, worth = [], []
    for feature in activations:
        if float(feature.max()) == float(feature.min()):
            continue
        mask = interpolate(feature[None, None], picture.shape[1:], mode="bilinear", align_corners=False)[0]
        mask = (mask - mask.min()) / (mask.max() - mask.min())
        seen.append(feature)
        worth.append(float(score((mask * picture + (1 - mask) * hidden)[None])))
    worth = np.array(worth) - float(score(hidden[None]))
    weights = np.exp(worth) / np.exp(worth).sum() if softmax else worth
    return sum(float(w) * feature for w, feature in zip(weights, seen, strict=True))


def ablation_cam(activations: Tensor, score: Score) -> Tensor:
    """The score with each feature map set to zero, one after the other."""
    out = torch.zeros_like(activations[0])
    for channel, feature in enumerate(activations):
        without = activations.clone()
        without[channel] = 0
        out += float(score(activations[None]) - score(without[None])) * feature
    return out


def fused(maps: list[Tensor], shape: tuple[int, int]) -> Tensor:
    """Each map divided by its largest absolute value, enlarged, and the mean of all."""
    out = torch.zeros(shape, dtype=maps[0].dtype)
    for one in maps:
        large = interpolate((one / one.abs().max())[None, None], shape, mode="bilinear", align_corners=False)
        out += large[0, 0] / len(maps)
    return out
