"""The table of attacks: what differs between them stands here, and is asked of nothing else."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tapetum.attacks.carlini_wagner import carlini_wagner
from tapetum.attacks.deepfool import deepfool
from tapetum.attacks.fgsm import fgsm
from tapetum.attacks.goal import Goal
from tapetum.attacks.iterative_fgsm import iterative_fgsm
from tapetum.attacks.levels import rounded, rounded_until
from tapetum.attacks.norms import Budget, Norm
from tapetum.attacks.pgd import pgd
from tapetum.attacks.subject import Pixels, Subject
from tapetum.attacks.universal import universal
from tapetum.errors import MethodError
from tapetum.network.surroundings import plain
from tapetum.options import Option, check_names, nearest, options_of


@dataclass(frozen=True)
class AttackMethod:
    """One way to fool a network.

    `norms`: how its changes are measured, the first by default. `budgeted`: spends a budget that is given to
    it; the others look for the shortest change that works. `shared`: one change for all pictures.
    `any_score`: raises any function of the logits, not only a class.
    """

    key: str
    title: str
    function: Callable[..., Pixels]
    norms: tuple[Norm, ...]
    reference: str
    budgeted: bool = True
    shared: bool = False
    any_score: bool = True

    @property
    def options(self) -> tuple[Option, ...]:
        """The method's own options, read off its signature."""
        return options_of(self.function, given=("epsilon", "norm"))

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").splitlines()[0]

    def __call__(
        self, subject: Subject, goal: Goal, epsilon: Budget, norm: Norm, options: Mapping[str, Any]
    ) -> Pixels:
        """The changed pictures, on whole levels of 1/255; methods without a budget do not look at theirs."""
        with plain():
            if self.budgeted:
                pixels = self.function(subject, goal, epsilon=epsilon, norm=norm, **options)
                return rounded(subject.pixels, pixels, epsilon, norm)
            return rounded_until(subject, goal, self.function(subject, goal, **options))

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise MethodError for an option that this method does not have."""
        check_names(self.key, self.options, options)

    def check_score(self) -> None:
        """Raise MethodError where the method cannot raise a function of the logits."""
        if not self.any_score:
            raise MethodError(
                f"{self.key} leaves or reaches a class and cannot raise a function. Use pgd, or name a class."
            )


ATTACKS: dict[str, AttackMethod] = {
    "fgsm": AttackMethod(
        key="fgsm",
        title="FGSM",
        function=fgsm,
        norms=("linf", "l2"),
        reference="Goodfellow, Shlens, Szegedy 2015",
    ),
    "iterative-fgsm": AttackMethod(
        key="iterative-fgsm",
        title="Iterative FGSM",
        function=iterative_fgsm,
        norms=("linf", "l2"),
        reference="Kurakin, Goodfellow, Bengio 2017",
    ),
    "pgd": AttackMethod(
        key="pgd",
        title="PGD",
        function=pgd,
        norms=("linf", "l2"),
        reference="Madry et al. 2018",
    ),
    "carlini-wagner": AttackMethod(
        key="carlini-wagner",
        title="Carlini-Wagner",
        function=carlini_wagner,
        norms=("l2",),
        reference="Carlini, Wagner 2017",
        budgeted=False,
        any_score=False,
    ),
    "deepfool": AttackMethod(
        key="deepfool",
        title="DeepFool",
        function=deepfool,
        norms=("l2",),
        reference="Moosavi-Dezfooli, Fawzi, Frossard 2016",
        budgeted=False,
        any_score=False,
    ),
    "universal": AttackMethod(
        key="universal",
        title="Universal perturbation",
        function=universal,
        norms=("linf",),
        reference="Moosavi-Dezfooli et al. 2017",
        shared=True,
    ),
}


def find_attack(key: str) -> AttackMethod:
    """The attack of this key.

    Raises:
        MethodError: there is none; the message lists the nearest keys.
    """
    if key in ATTACKS:
        return ATTACKS[key]
    raise MethodError(f"There is no attack {key!r}. The nearest are: {nearest(key, ATTACKS)}.")


def norm_of(method: AttackMethod, norm: str | None) -> Norm:
    """The norm that is meant; None for the method's own.

    Raises:
        MethodError: the method does not measure changes by it.
    """
    for known in method.norms:
        if norm in (None, known):
            return known
    raise MethodError(f"{method.key} has no norm {norm!r}. Use {' or '.join(method.norms)}.")
