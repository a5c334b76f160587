"""Iterative FGSM: many small steps along the sign of the gradient."""

from tapetum.attacks.ascend import ascend, step_of
from tapetum.attacks.goal import Goal
from tapetum.attacks.norms import Budget, Norm
from tapetum.attacks.subject import Pixels, Subject
from tapetum.options import at_least
from tapetum.progress import stage


def iterative_fgsm(
    subject: Subject,
    goal: Goal,
    *,
    epsilon: Budget,
    norm: Norm,
    steps: int = 10,
    step_size: float | None = None,
) -> Pixels:
    r"""FGSM in small steps, each from where the last one ended, back inside the budget after every step.

    Args:
        subject: the network and its pictures.
        goal: what the attack is after.
        epsilon: the budget of each picture.
        norm: how a change is measured.
        steps: how many.
        step_size: of each, in brightness 0..1; by default what sums to the budget.

    Reference:
        Kurakin, Goodfellow, Bengio (2017), Adversarial Examples in the Physical World.
    """
    at_least("iterative-fgsm", "steps", steps)
    size = step_of(step_size, epsilon, 1 / steps)
    with stage("Iterative FGSM", steps) as advance:
        return ascend(
            subject, goal, subject.pixels, epsilon=epsilon, norm=norm, steps=steps, step=size, advance=advance
        )
