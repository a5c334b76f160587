"""Carlini-Wagner: the shortest change that reaches the goal, by minimising its length and what is lacking."""

import torch
from torch import Tensor

from tapetum.attacks.goal import Goal
from tapetum.attacks.subject import Pixels, Subject, finite
from tapetum.options import at_least, between
from tapetum.progress import stage

_INSIDE = 1 - 1e-6
"""Pixels of 0 and 1 are moved inside by so little, since no number has their arc tangent."""
_FIRST, _MOST = 1.0, 1e6


def carlini_wagner(
    subject: Subject,
    goal: Goal,
    *,
    steps: int = 40,
    searches: int = 5,
    step_size: float = 0.01,
    confidence: float = 0.0,
) -> Pixels:
    r"""The shortest change whose lead is at least `confidence`, found by Adam.

    \( \min_w \lVert x' - x \rVert_2^2 + c \, \max(-\mathrm{margin}(x'), -\kappa), \;
    x' = \tfrac12 (\tanh w + 1) \), where the weight c of each picture is searched: larger where the goal was
    missed, smaller where it was reached. A picture that never gets there is returned as it was.

    Args:
        subject: the network and its pictures.
        goal: a class to leave, or to reach.
        steps: of Adam, for each weight.
        searches: how many weights are tried.
        step_size: of Adam.
        confidence: the lead, in logits, that is wanted.

    Reference:
        Carlini, Wagner (2017), Towards Evaluating the Robustness of Neural Networks.
    """
    at_least("carlini-wagner", "steps", steps)
    at_least("carlini-wagner", "searches", searches)
    between("carlini-wagner", "confidence", confidence, 0.0, 1e6)
    between("carlini-wagner", "step_size", step_size, 1e-6, 10.0)
    start = torch.atanh((2 * subject.pixels - 1) * _INSIDE)
    best, shortest = subject.pixels.clone(), torch.full_like(start[:, 0, 0, 0], torch.inf)
    weight = torch.full_like(shortest, _FIRST)
    low, high = torch.zeros_like(weight), torch.full_like(weight, _MOST)
    with stage("Carlini-Wagner", steps * searches) as advance:
        for _ in range(searches):
            reached = torch.zeros_like(shortest, dtype=torch.bool)
            free = start.clone().requires_grad_()
            adam = torch.optim.Adam([free], lr=step_size)
            for _ in range(steps):
                with torch.enable_grad():
                    pixels = (free.tanh() + 1) / 2
                    margin = goal.margin(subject.logits(pixels))
                    size = (pixels - subject.pixels).square().flatten(1).sum(1)
                    lack = (confidence - margin).clamp_min(0)
                    (slope,) = torch.autograd.grad((size + weight * lack).sum(), free)
                there = (margin > confidence).detach()
                better = there & (size.detach() < shortest)
                best = torch.where(better[:, None, None, None], pixels.detach(), best)
                shortest = torch.where(better, size.detach(), shortest)
                reached |= there
                free.grad = finite(slope)
                adam.step()
                advance(1)
            low, high = torch.where(reached, low, weight), torch.where(reached, weight, high)
            weight = _next(low, high)
    return best


def _next(low: Tensor, high: Tensor) -> Tensor:
    """Ten times as much as long as nothing was enough, and then the middle."""
    return torch.where(high >= _MOST, low * 10, (low + high) / 2)
