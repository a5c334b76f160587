"""Composites: which rule of relevance propagation each kind of layer follows."""

from dataclasses import dataclass
from functools import partial

from tapetum.attribution.relevance import rules
from tapetum.attribution.relevance.rules import Rule


@dataclass(frozen=True)
class Composite:
    """The rules of convolutions, of linear layers, and of the first layer where it follows another one.

    `first` holds for the convolutions that read the picture, and with `first_linear` for linear layers too.
    `norm` is for batch-norms that no convolution took in: a scale and a shift per channel.
    """

    convolution: Rule
    linear: Rule
    first: Rule | None = None
    first_linear: bool = False
    norm: Rule = rules.passed

    def rule(self, *, convolution: bool, first: bool) -> Rule:
        """The rule of one layer."""
        if first and self.first is not None and (convolution or self.first_linear):
            return self.first
        return self.convolution if convolution else self.linear


def composite(name: str, *, epsilon: float, gamma: float, alpha: float) -> Composite:
    """The composite of this name, its rules with these numbers."""
    by_epsilon = partial(rules.epsilon, epsilon=epsilon)
    by_gamma = partial(rules.gamma, gamma=gamma)
    by_alpha = partial(rules.alpha_beta, alpha=alpha)
    return {
        "epsilon-plus-flat": Composite(rules.z_plus, by_epsilon, rules.flat, first_linear=True),
        "epsilon-plus": Composite(rules.z_plus, by_epsilon),
        "epsilon-gamma-box": Composite(by_gamma, by_epsilon, rules.z_box),
        "epsilon": _single(by_epsilon),
        "gamma": _single(by_gamma),
        "z-plus": _single(rules.z_plus),
        "alpha-beta": _single(by_alpha),
        "w-square": _single(rules.w_square),
        "flat": _single(rules.flat),
    }[name]


def _single(rule: Rule) -> Composite:
    return Composite(rule, rule, norm=rule)
