"""Pooling: the mean or the largest of a window, over rows and columns or over whole dimensions."""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int

from tapetum.network.arithmetic.terms import Axes, Index, Reading, Sum, Terms
from tapetum.network.functional import aten, pair


def max_pool(read: Reading, at: Index) -> Sum:
    """The largest value of the window; padding never wins."""
    kernel = pair(read.given(1))
    stride = pair(read.given(2, "stride") or kernel)
    padding, dilation = pair(read.given(3, "padding", 0)), pair(read.given(4, "dilation", 1))
    size = read.value(read.source()).shape[-2:]
    windows = [
        _inside(at[i - 2] * stride[i] - padding[i] + np.arange(kernel[i]) * dilation[i], size[i])
        for i in (0, 1)
    ]
    return _largest(read.weighted(read.source(), [*([i] for i in at[:-2]), *windows]))


def average_pool(read: Reading, at: Index) -> Sum:
    """The mean of the window: padding counts as zeros, or not at all, as the operation says."""
    kernel = pair(read.given(1))
    stride = pair(read.given(2, "stride") or kernel)
    padding, size = pair(read.given(3, "padding", 0)), read.value(read.source()).shape[-2:]
    windows, counted = [], 1
    for i in (0, 1):
        start = at[i - 2] * stride[i] - padding[i]
        stop = min(start + kernel[i], size[i] + padding[i])
        windows.append(_inside(np.arange(start, stop), size[i]))
        counted *= stop - start if read.given(5, "count_include_pad", True) else len(windows[-1])
    counted = read.given(6, "divisor_override") or counted
    return _mean(read, [*([i] for i in at[:-2]), *windows], counted)


def adaptive_average_pool(read: Reading, at: Index) -> Sum:
    """The mean of one of the windows that divide the map as evenly as whole numbers allow."""
    return _mean(read, _adaptive(read, at))


def adaptive_max_pool(read: Reading, at: Index) -> Sum:
    """The largest value of one of those windows."""
    return _largest(read.weighted(read.source(), _adaptive(read, at)))


def mean(read: Reading, at: Index) -> Sum:
    """The mean over whole dimensions."""
    return _mean(read, _reduced(read, at, 1))


def total(read: Reading, at: Index) -> Sum:
    """The sum over whole dimensions."""
    terms = read.weighted(read.source(), _reduced(read, at, 1))
    return Sum("Σ values", [terms], float(terms.products.sum()))


def largest(read: Reading, at: Index) -> Sum:
    """The largest value over whole dimensions."""
    return _largest(read.weighted(read.source(), _reduced(read, at, 1)))


def length(read: Reading, at: Index) -> Sum:
    """The Euclidean length over whole dimensions: √Σ x²."""
    terms = read.weighted(read.source(), _reduced(read, at, 2))
    squares = replace(terms, factors=terms.values, products=terms.values**2)
    return Sum("√ Σ value × value", [squares], float(np.sqrt(squares.products.sum())), function="√")


def _mean(read: Reading, axes: Axes, count: int | None = None) -> Sum:
    count = count or int(np.prod([len(axis) for axis in axes]))
    terms = read.weighted(read.source(), axes, 1 / count)
    return Sum(f"Σ values / {count}", [terms], float(terms.products.sum()))


def _largest(terms: Terms) -> Sum:
    winner = np.zeros(len(terms.values))
    winner[int(terms.values.argmax())] = 1.0
    won = replace(terms, factors=winner, products=winner * terms.values)
    return Sum(f"the largest of {len(winner)} values", [won], float(won.products.sum()))


def _inside(places: Int[np.ndarray, " places"], size: int) -> Int[np.ndarray, " inside"]:
    return places[(places >= 0) & (places < size)]


def _adaptive(read: Reading, at: Index) -> Axes:
    """At each of the last two dimensions, where one window starts and stops."""
    source = read.source()
    after = read.node.meta["val"]
    counts = (after[0] if isinstance(after, list | tuple) else after).shape[-2:]
    windows = []
    for place, count, size in zip(at[-2:], counts, read.value(source).shape[-2:], strict=True):
        windows.append(np.arange(place * size // int(count), -(-((place + 1) * size) // int(count))))
    return [*([i] for i in at[:-2]), *windows]


def _reduced(read: Reading, at: Index, place: int) -> Axes:
    """All places along the dimensions that are reduced, the element's own along the others."""
    shape = read.value(read.source()).shape
    dims: Any = read.given(place, "dim")
    if read.node.target in (aten.mean.default, aten.sum.default) or dims is None or dims == []:
        dims = range(len(shape))
    gone = {d % len(shape) for d in ([dims] if isinstance(dims, int) else dims)}
    kept = iter(at)
    axes: list[Any] = []
    after = len(at) == len(shape)
    for dim, size in enumerate(shape):
        if dim in gone:
            axes.append(np.arange(size))
            if after:
                next(kept)
        else:
            axes.append([next(kept)])
    return axes
