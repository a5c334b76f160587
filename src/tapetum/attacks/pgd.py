"""PGD: iterated steps from random places inside the budget."""

import numpy as np
import torch

from tapetum.attacks.ascend import ascend, step_of
from tapetum.attacks.goal import Goal
from tapetum.attacks.norms import Budget, Norm, drawn
from tapetum.attacks.subject import Pixels, Subject
from tapetum.options import at_least
from tapetum.progress import stage


def pgd(
    subject: Subject,
    goal: Goal,
    *,
    epsilon: Budget,
    norm: Norm,
    steps: int = 10,
    step_size: float | None = None,
    starts: int = 1,
    seed: int = 0,
) -> Pixels:
    r"""Projected gradient: steps uphill from a random place, the best of several starts.

    Args:
        subject: the network and its pictures.
        goal: what the attack is after.
        epsilon: the budget of each picture.
        norm: how a change is measured.
        steps: how many from each start.
        step_size: of each, in brightness 0..1; by default 2.5 · budget / steps, enough to reach any place
            within the budget from any other.
        starts: random places to start from; 0 starts once, at the picture itself.
        seed: of the starts, which are the same for every picture.

    Reference:
        Madry, Makelov, Schmidt, Tsipras, Vladu (2018), Towards Deep Learning Models Resistant to Adversarial
        Attacks.
    """
    at_least("pgd", "steps", steps)
    at_least("pgd", "starts", starts, 0)
    size = step_of(step_size, epsilon, 2.5 / steps)
    best, leads = subject.pixels, torch.full_like(epsilon, -torch.inf)
    with stage("PGD", steps * max(starts, 1)) as advance:
        for start in range(max(starts, 1)):
            begin = subject.pixels
            if starts:
                random = np.random.default_rng([seed, start])
                begin = (begin + drawn(begin, epsilon, norm, random)).clamp(0, 1)
            found = ascend(
                subject, goal, begin, epsilon=epsilon, norm=norm, steps=steps, step=size, advance=advance
            )
            margins = goal.margin(subject.logits(found)).detach()
            better = margins > leads
            best = torch.where(better[:, None, None, None], found, best)
            leads = torch.where(better, margins, leads)
    return best
