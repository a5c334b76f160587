"""Steps uphill within a budget: what FGSM, its iterated form and PGD have in common."""

from collections.abc import Callable

import torch

from tapetum.attacks.goal import Goal
from tapetum.attacks.norms import Budget, Norm, steepest, within
from tapetum.attacks.subject import Pixels, Subject


def ascend(
    subject: Subject,
    goal: Goal,
    start: Pixels,
    *,
    epsilon: Budget,
    norm: Norm,
    steps: int,
    step: Budget,
    advance: Callable[[int], None] = lambda parts: None,
) -> Pixels:
    r"""Pictures that are changed step by step, each as far as raises the goal's score most.

    \( x \leftarrow \Pi\,(x + \alpha \, d(\nabla_x s)) \), with the steepest direction d of the norm, and
    \( \Pi \) back into the budget around the picture and into 0..1.
    """
    pixels = start
    for _ in range(steps):
        slope, _ = subject.slope(pixels, goal.score)
        moved = pixels + step[:, None, None, None] * steepest(slope, norm)
        change = within(moved - subject.pixels, epsilon, norm)
        pixels = (subject.pixels + change).clamp(0, 1)
        advance(1)
    return pixels


def step_of(step: float | None, epsilon: Budget, share: float) -> Budget:
    """The size of a step: the one given, or a share of each picture's budget."""
    return epsilon * share if step is None else torch.full_like(epsilon, step)
