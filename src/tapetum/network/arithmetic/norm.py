"""Normalisation: by statistics that training fixed, or by those of the picture's own values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from tapetum.network.arithmetic.terms import Index, Reading, Sum, element


def batch_norm(read: Reading, at: Index) -> Sum:
    """Y = (x − mean) / √(variance + ε) · gain + offset, with the statistics of training."""
    gain, offset, mean, variance = (read.given(place) for place in (1, 2, 3, 4))
    epsilon = read.given(7)
    if mean is None or variance is None:
        size = read.value(read.source()).shape
        axes = [range(size[0]), [at[1]], *(range(n) for n in size[2:])]
        return _by_its_own(read, at, axes, epsilon, (_at(gain, at[1], 1.0), _at(offset, at[1], 0.0)))
    scale = _at(gain, at[1], 1.0) / float(np.sqrt(_at(variance, at[1], 1.0) + epsilon))
    terms = read.weighted(read.source(), [[i] for i in at], scale)
    centre = _at(mean, at[1], 0.0)
    constants = {"mean × scale, taken away": -centre * scale, "offset": _at(offset, at[1], 0.0)}
    facts = {"mean": centre, "variance": _at(variance, at[1], 1.0), "gain": _at(gain, at[1], 1.0)}
    total = float(terms.products.sum()) + sum(constants.values())
    return Sum("(value − mean) / √(variance + ε) × gain + offset", [terms], total, constants, facts)


def layer_norm(read: Reading, at: Index) -> Sum:
    """The same with mean and variance over the last dimensions of the picture's own values."""
    size = read.value(read.source()).shape
    inner = len(read.given(1))
    axes = [*([i] for i in at[:-inner]), *(range(n) for n in size[-inner:])]
    here = at[-inner:]
    gain, offset = read.given(2, "weight"), read.given(3, "bias")
    affine = (_at(gain, here, 1.0), _at(offset, here, 0.0))
    return _by_its_own(read, at, axes, read.given(4, "eps", 1e-5), affine)


def group_norm(read: Reading, at: Index) -> Sum:
    """The same over the channels of one group, at every position."""
    size = read.value(read.source()).shape
    each = size[1] // read.given(1)
    first = at[1] // each * each
    axes = [[at[0]], range(first, first + each), *(range(n) for n in size[2:])]
    gain, offset = (_at(read.given(place, name), at[1], default) for place, name, default in _AFFINE)
    return _by_its_own(read, at, axes, read.given(4, "eps", 1e-5), (gain, offset))


_AFFINE = ((2, "weight", 1.0), (3, "bias", 0.0))


def _by_its_own(
    read: Reading, at: Index, axes: Sequence[Any], epsilon: float, affine: tuple[float, float]
) -> Sum:
    """(x − mean) / deviation · gain + offset is linear in the values once the deviation is known.

    Each of the N values counts −gain / (deviation · N), and the element's own gain / deviation more.
    """
    gain, offset = affine
    values = read.weighted(read.source(), axes)
    mean = float(values.values.mean())
    deviation = float(np.sqrt(values.values.var() + epsilon))
    own = (values.index == np.array(at)).all(1)
    factors = (own - 1 / len(own)) * gain / deviation
    terms = read.weighted(read.source(), axes, factors.reshape([len(axis) for axis in axes]))
    facts = {"mean": mean, "deviation": deviation, "gain": gain}
    total = float(terms.products.sum()) + offset
    formula = f"(value − mean of {len(own)}) / deviation × gain + offset"
    return Sum(formula, [terms], total, {"offset": offset}, facts)


def _at(weight: Tensor | None, at: int | Index, default: float) -> float:
    if weight is None:
        return default
    return element(weight, (at,) if isinstance(at, int) else at)
