"""FGSM: one step along the sign of the gradient."""

from tapetum.attacks.ascend import ascend
from tapetum.attacks.goal import Goal
from tapetum.attacks.norms import Budget, Norm
from tapetum.attacks.subject import Pixels, Subject


def fgsm(subject: Subject, goal: Goal, *, epsilon: Budget, norm: Norm) -> Pixels:
    r"""One step that spends the whole budget: the best there is on a linear network.

    \( x' = x + \epsilon \, \mathrm{sign}(\nabla_x s) \), or along the gradient itself for the norm "l2".

    Reference:
        Goodfellow, Shlens, Szegedy (2015), Explaining and Harnessing Adversarial Examples.
    """
    return ascend(subject, goal, subject.pixels, epsilon=epsilon, norm=norm, steps=1, step=epsilon)
