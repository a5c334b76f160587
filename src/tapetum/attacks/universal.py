"""Universal perturbation: one change that misleads the network about many pictures."""

import torch
from torch import Tensor

from tapetum.attacks.goal import Goal
from tapetum.attacks.norms import Budget, Norm, within
from tapetum.attacks.subject import LEVELS, Pixels, Subject
from tapetum.options import at_least
from tapetum.progress import stage

_MOMENTUM = 0.9
_AT_ONCE = 8


def universal(subject: Subject, goal: Goal, *, epsilon: Budget, norm: Norm, steps: int = 30) -> Pixels:
    r"""The same change for every picture, stepped along the sum of their gradients.

    \( m \leftarrow 0.9 \, m + \sum_i \frac{\nabla_x s_i}{\lVert \nabla_x s_i \rVert_1}, \;
    v \leftarrow \Pi\,(v + \tfrac{\epsilon}{5} \, \mathrm{sign}(m)) \), over the pictures that are not fooled
    yet, or all where there are none; the change that fools most pictures, by most, is kept, on whole levels.

    Args:
        subject: the network and its pictures.
        goal: what the attack is after, for every picture.
        epsilon: the budget, the same for all.
        norm: "linf".
        steps: how many, each over all pictures.

    Reference:
        Moosavi-Dezfooli, Fawzi, Fawzi, Frossard (2017), Universal Adversarial Perturbations; the gradient
        form of Shafahi, Najibi, Xu, Dickerson, Davis, Goldstein (2020), Universal Adversarial Training.
    """
    at_least("universal", "steps", steps)
    change = torch.zeros_like(subject.pixels[:1])
    momentum, best, most = change.clone(), change, (-1, -torch.inf)
    with stage("Universal perturbation", steps) as advance:
        for _ in range(steps):
            total, fooled, margin = _gathered(subject, goal, change)
            best, most = (change, (fooled, margin)) if (fooled, margin) > most else (best, most)
            momentum = _MOMENTUM * momentum + total
            moved = change + epsilon[:1, None, None, None] / 5 * momentum.sign()
            change = (within(moved, epsilon[:1], norm) * LEVELS).round() / LEVELS
            advance(1)
    _, fooled, margin = _gathered(subject, goal, change)
    best = change if (fooled, margin) > most else best
    return (subject.pixels + best).clamp(0, 1)


def _gathered(subject: Subject, goal: Goal, change: Tensor) -> tuple[Tensor, int, float]:
    """The sum of the gradients of those not fooled (or of all), how many are fooled, and all margins."""
    fooled, margin = 0, 0.0
    left = beyond = torch.zeros_like(change)
    for places in torch.split(torch.arange(len(subject), device=change.device), _AT_ONCE):
        part, aim = subject.at(places), goal.at(places)
        slope, logits = part.slope((part.pixels + change).clamp(0, 1), aim.score)
        slope = slope / slope.abs().sum((1, 2, 3), keepdim=True).clamp_min(torch.finfo(slope.dtype).tiny)
        there = aim.reached(logits)
        left = left + slope[~there].sum(0, keepdim=True)
        beyond = beyond + slope[there].sum(0, keepdim=True)
        fooled += int(there.sum())
        margin += float(aim.margin(logits).sum())
    return beyond if fooled == len(subject) else left, fooled, margin
