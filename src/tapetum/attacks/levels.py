"""From any brightness to the 256 levels of a file, without leaving the budget or losing the effect."""

from collections.abc import Callable

import torch
from torch import Tensor

from tapetum.attacks.goal import Goal
from tapetum.attacks.norms import Budget, Norm, length
from tapetum.attacks.subject import LEVELS, Pixels, Subject

_HALVINGS = 16
_LARGEST = 64.0
"""How many times larger than before rounding a change may have to be to survive it."""
_CLEAR = 1e-3
"""The lead that a picture needs, as a share of the largest logit, to fool whoever rounds differently."""


def rounded(original: Pixels, pixels: Pixels, epsilon: Budget, norm: Norm) -> Pixels:
    r"""The changed pictures on whole levels, within the budget.

    Rounding takes away the many small values of a change that is bounded by its length, so it is scaled
    first, as far as the budget allows: for a network that is linear nearby, rounding \( s \, g \) is the best
    change on whole levels of its length.
    """
    if norm == "linf":
        most = (epsilon * LEVELS + 1e-4).floor()[:, None, None, None]
        change = ((pixels - original) * LEVELS).round()
        return _on_levels(original, torch.maximum(torch.minimum(change, most), -most))

    def fits(scale: Tensor) -> Tensor:
        return length(_scaled(original, pixels, scale) - original, norm) <= epsilon * (1 + 1e-6)

    scale, _ = _between(fits, torch.ones_like(epsilon))
    return _scaled(original, pixels, scale)


def rounded_until(subject: Subject, goal: Goal, pixels: Pixels) -> Pixels:
    """The changed pictures on whole levels, with the smallest scale at which they still reach the goal.

    Where none does, the change is rounded as it is.
    """

    def misses(scale: Tensor) -> Tensor:
        logits = subject.logits(_scaled(subject.pixels, pixels, scale)).detach()
        return goal.margin(logits) <= _CLEAR * logits.abs().amax(1)

    ones = torch.ones(len(pixels), device=pixels.device, dtype=pixels.dtype)
    _, scale = _between(misses, ones / 4, halvings=10)
    return _scaled(subject.pixels, pixels, torch.where(misses(scale), ones, scale))


def _between(
    holds: Callable[[Tensor], Tensor], start: Tensor, halvings: int = _HALVINGS
) -> tuple[Tensor, Tensor]:
    """The last scale at which something holds and the first at which it does not, from 0 upwards."""
    low, high = torch.zeros_like(start), start
    while bool((still := holds(high)).any()) and float(high.max()) < _LARGEST:
        low = torch.where(still, high, low)
        high = torch.where(still, high * 2, high)
    for _ in range(halvings):
        middle = (low + high) / 2
        still = holds(middle)
        low, high = torch.where(still, middle, low), torch.where(still, high, middle)
    return low, high


def _scaled(original: Pixels, pixels: Pixels, scale: Tensor) -> Pixels:
    change = ((pixels - original) * LEVELS * scale[:, None, None, None]).round()
    return _on_levels(original, change)


def _on_levels(original: Pixels, change: Pixels) -> Pixels:
    """The pictures with a change in whole levels, exactly as a file gives them back."""
    return ((original * LEVELS).round() + change).clamp(0, LEVELS) / LEVELS
