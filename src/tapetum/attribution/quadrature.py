"""Integration from 0 to 1: where to look, and how much each place counts."""

from typing import Literal

import numpy as np

from tapetum.options import at_least, one_of

Rule = Literal["gauss-legendre", "trapezoid", "midpoint", "left", "right"]

_RULES = ("gauss-legendre", "trapezoid", "midpoint", "left", "right")


def quadrature(method: str, rule: str, steps: int) -> tuple[list[float], list[float]]:
    """Nodes in 0..1 in rising order, and weights that sum to 1.

    Raises:
        MethodError: an unknown rule, or too few steps for it.
    """
    one_of(method, "rule", rule, _RULES)
    at_least(method, "steps", steps, 2 if rule == "trapezoid" else 1)
    even = np.full(steps, 1 / steps)
    places = np.arange(steps) / steps
    if rule == "gauss-legendre":
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        return ((nodes + 1) / 2).tolist(), (weights / 2).tolist()
    if rule == "trapezoid":
        ends = np.full(steps, 1 / (steps - 1))
        ends[[0, -1]] /= 2
        return np.linspace(0, 1, steps).tolist(), ends.tolist()
    shift = {"left": 0.0, "midpoint": 0.5, "right": 1.0}[rule]
    return (places + shift / steps).tolist(), even.tolist()
