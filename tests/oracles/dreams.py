"""A deep dream on one small picture, step by step, with plain torch and no windows."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import interpolate


def at_size(values: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(values, size, mode="bicubic", antialias=True, align_corners=False)


def dream(
    picture: Tensor,
    score: Callable[[Tensor], Tensor],
    *,
    octaves: int,
    scale: float,
    steps: int,
    rate: float,
) -> Tensor:
    """Of a picture in 0..255: at each octave, steps of rate · g / mean |g| on base plus enlarged detail."""
    rows, columns = picture.shape[2:]
    detail = torch.zeros_like(picture)
    for octave in reversed(range(octaves)):
        size = (round(rows / scale**octave), round(columns / scale**octave))
        base = at_size(picture, size).clamp(0, 255) if octave else picture
        last = detail if tuple(detail.shape[2:]) == size else at_size(detail, size)
        now = (base + last).clamp(0, 255)
        for _ in range(steps):
            leaf = now.detach().requires_grad_()
            (slope,) = torch.autograd.grad(score(leaf / 255), leaf)
            now = (now + rate * slope / slope.abs().mean()).clamp(0, 255).detach()
        detail = now - base
    return (picture + detail).clamp(0, 255)
