"""Elementwise operations on two values, and values put together: add, subtract, multiply, divide, concat."""

from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor, fx

from tapetum.network.arithmetic.activation import quotient
from tapetum.network.arithmetic.terms import Index, Reading, Sum, Terms, broadcast, element


def add(read: Reading, at: Index) -> Sum:
    """A + α b."""
    return _sum(read, at, [(0, 1.0), (1, float(read.given(2, "alpha", 1)))], "a + b")


def subtract(read: Reading, at: Index) -> Sum:
    """A − α b."""
    return _sum(read, at, [(0, 1.0), (1, -float(read.given(2, "alpha", 1)))], "a − b")


def subtract_from(read: Reading, at: Index) -> Sum:
    """B − α a, the operation that `1 - x` is."""
    return _sum(read, at, [(1, 1.0), (0, -float(read.given(2, "alpha", 1)))], "b − a")


def multiply(read: Reading, at: Index) -> Sum:
    """A · b, as the value with more elements times the other: a map times its gate."""
    terms = _product(read, at, read.raw(0), read.raw(1), 1.0)
    return Sum("value × factor", [terms], float(terms.products.sum()))


def add_product(read: Reading, at: Index) -> Sum:
    """A + α b · c."""
    found = _sum(read, at, [(0, 1.0)], "")
    terms = [*found.terms]
    constants = dict(found.constants)
    scale = float(read.given(3, "value", 1))
    if any(isinstance(read.raw(place), fx.Node) and read.seen(read.raw(place)) for place in (1, 2)):
        terms.append(_product(read, at, read.raw(1), read.raw(2), scale))
    else:
        constants["b × c"] = scale * _number(read, at, read.raw(1)) * _number(read, at, read.raw(2))
    total = sum(float(part.products.sum()) for part in terms) + sum(constants.values())
    return Sum("a + b × c", terms, total, constants)


def divide(read: Reading, at: Index) -> Sum:
    """A / b."""
    above, below = read.raw(0), read.raw(1)
    if not (isinstance(above, fx.Node) and read.seen(above)):
        return quotient(read, at)
    terms = _operand(read, at, above, 1 / _number(read, at, below))
    if isinstance(below, fx.Node) and read.seen(below):
        terms = _factored(read, at, terms, below)
    return Sum("value / divisor", [terms], float(terms.products.sum()))


def maximum(read: Reading, at: Index) -> Sum:
    """The larger of two values."""
    return _extreme(read, at, 1)


def minimum(read: Reading, at: Index) -> Sum:
    """The smaller of two values."""
    return _extreme(read, at, -1)


def concat(read: Reading, at: Index) -> Sum:
    """One element of one of the values that were put one after the other."""
    parts = read.raw(0)
    dim = read.given(1, "dim", 0) % len(at)
    place = at[dim]
    for part in parts:
        size = read.value(part).shape[dim]
        if place < size:
            here = (*at[:dim], place, *at[dim + 1 :])
            if not read.seen(part):
                number = element(read.value(part), here)
                return Sum("a constant", [], number, {"constant": number})
            terms = read.weighted(part, [[i] for i in here])
            return Sum("value, taken over", [terms], float(terms.values[0]))
        place -= size
    raise AssertionError("the element lies outside of everything that was put together")


def _sum(read: Reading, at: Index, operands: list[tuple[int, float]], formula: str) -> Sum:
    terms, constants = [], {}
    for place, factor in operands:
        operand = read.raw(place)
        if isinstance(operand, fx.Node) and read.seen(operand):
            terms.append(_operand(read, at, operand, factor))
        else:
            constants["constant"] = factor * _number(read, at, operand)
    total = sum(float(part.products.sum()) for part in terms) + sum(constants.values())
    return Sum(formula, terms, total, constants)


def _product(read: Reading, at: Index, one: Any, other: Any, scale: float) -> Terms:
    """One value times another: the one with more elements is the value, the other its factor."""
    seen = [isinstance(operand, fx.Node) and read.seen(operand) for operand in (one, other)]
    if (seen == [True, True] and read.value(other).numel() > read.value(one).numel()) or not seen[0]:
        one, other = other, one
    terms = _operand(read, at, one, scale * _number(read, at, other))
    return _factored(read, at, terms, other) if all(seen) else terms


def _factored(read: Reading, at: Index, terms: Terms, factor: fx.Node) -> Terms:
    """The same terms, with the value that their factor comes from."""
    index = np.array([broadcast(at, read.value(factor).shape)])
    return replace(terms, factor_node=factor, factor_index=index)


def _extreme(read: Reading, at: Index, sign: int) -> Sum:
    operands = [read.raw(0), read.raw(1)]
    numbers = [_number(read, at, operand) for operand in operands]
    won = int(sign * numbers[1] > sign * numbers[0])
    terms, constants = [], {}
    for place, operand in enumerate(operands):
        if isinstance(operand, fx.Node) and read.seen(operand):
            terms.append(_operand(read, at, operand, float(place == won)))
        elif place == won:
            constants["constant"] = numbers[place]
    word = "larger" if sign > 0 else "smaller"
    return Sum(f"the {word} of a and b", terms, numbers[won], constants)


def _operand(read: Reading, at: Index, operand: fx.Node, factor: float) -> Terms:
    return read.weighted(operand, [[i] for i in broadcast(at, read.value(operand).shape)], factor)


def _number(read: Reading, at: Index, operand: Any) -> float:
    value = read.resolved(operand)
    return element(value, broadcast(at, value.shape)) if isinstance(value, Tensor) else float(value)
