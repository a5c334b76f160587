"""Attribution maps from their formulas, for networks whose pieces are at hand."""

from collections.abc import Callable

import torch
from torch import Tensor


def linear_saliency(weight: Tensor, shape: tuple[int, int, int], reduction: str) -> Tensor:
    """For the score w·x + b the gradient is w at every picture; `weight` is w of one class, flat."""
    gradient = weight.reshape(shape)
    if reduction == "max-abs":
        return gradient.abs().amax(0)
    if reduction == "norm":
        return (gradient**2).sum(0).sqrt()
    return gradient.sum(0)


def cam(activations: Tensor, weight: Tensor) -> Tensor:
    """Class activation map (Zhou 2016): the head's weights of one class times the last feature maps."""
    out = torch.zeros(activations.shape[1:], dtype=activations.dtype)
    for channel in range(activations.shape[0]):
        out += weight[channel] * activations[channel]
    return out


def grad_cam(activations: Tensor, score: Callable[[Tensor], Tensor], step: float = 1e-5) -> Tensor:
    """Grad-CAM (Selvaraju 2017) of one picture, its derivatives by central differences.

    `activations` are (channel, rows, columns) in float64; `score` maps them to the number that is explained.
    """
    channels, rows, columns = activations.shape
    out = torch.zeros((rows, columns), dtype=activations.dtype)
    for channel in range(channels):
        slope = 0.0
        for row in range(rows):
            for column in range(columns):
                up, down = activations.clone(), activations.clone()
                up[channel, row, column] += step
                down[channel, row, column] -= step
                slope += float(score(up) - score(down)) / (2 * step)
        out += slope / (rows * columns) * activations[channel]
    return out
