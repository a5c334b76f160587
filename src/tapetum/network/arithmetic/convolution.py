"""A convolution of any number of axes: per input channel the products of kernel and map, and the bias."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int

from tapetum.network.arithmetic.terms import Index, Reading, Sum, element
from tapetum.network.functional import aten


def convolution(read: Reading, at: Index) -> Sum:
    """y[o, p] = Σ_c Σ_t w[o, c, t] · x[c, p · stride − padding + t · dilation] + b[o]."""
    if read.node.target is aten.convolution.default:
        return _convolved(read, at, read.given(5), read.given(8), transposed=bool(read.given(6)))
    return _convolved(read, at, read.given(5, "dilation", 1), read.given(6, "groups", 1), transposed=False)


def transposed_convolution(read: Reading, at: Index) -> Sum:
    """The other way round: x[c, q] reaches every place p = q · stride − padding + t · dilation."""
    return _convolved(read, at, read.given(7, "dilation", 1), read.given(6, "groups", 1), transposed=True)


def _convolved(read: Reading, at: Index, dilated: Any, groups: int, *, transposed: bool) -> Sum:
    source, weight = read.source(), read.given(1)
    axes = weight.dim() - 2
    stride, dilation = _each(read.given(3, "stride", 1), axes), _each(dilated, axes)
    before = _before(read.given(4, "padding", 0), weight.shape[2:], dilation)
    size = read.value(source).shape
    read_along = _reached if transposed else _read
    lines = [
        _Line(*line)
        for line in zip(at[2:], stride, before, dilation, weight.shape[2:], size[2:], strict=True)
    ]
    taps, places = zip(*map(read_along, lines), strict=True)
    out, each = at[1], size[1] // groups
    outputs = weight.shape[1] if transposed else weight.shape[0] // groups
    group = out // outputs
    channels = np.arange(group * each, (group + 1) * each)
    kernels = weight.double().cpu().numpy()
    kernels = kernels[channels, out % outputs] if transposed else kernels[out]
    terms = read.weighted(source, [[at[0]], channels, *places], kernels[np.ix_(range(each), *taps)][None])
    bias = read.given(2, "bias")
    constants = {} if bias is None else {"bias": element(bias, (out,))}
    total = float(terms.products.sum()) + sum(constants.values())
    return Sum("Σ kernel × map" + (" + bias" if constants else ""), [terms], total, constants)


class _Line(NamedTuple):
    """One axis: the place of the output, how the kernel steps, and the sizes of kernel and input."""

    place: int
    stride: int
    before: int
    dilation: int
    kernel: int
    size: int


Taps = tuple[Int[np.ndarray, " taps"], Int[np.ndarray, " taps"]]


def _read(line: _Line) -> Taps:
    """All taps along one axis, and the places they read; those outside are padding."""
    taps = np.arange(line.kernel)
    return taps, line.place * line.stride - line.before + taps * line.dilation


def _reached(line: _Line) -> Taps:
    """The taps of a transposed convolution through which some input reaches a place, and which input."""
    taps = np.arange(line.kernel)
    steps = line.place + line.before - taps * line.dilation
    fits = (steps % line.stride == 0) & (steps >= 0) & (steps < line.size * line.stride)
    return taps[fits], steps[fits] // line.stride


def _before(padding: Any, kernel: Sequence[int], dilation: Sequence[int]) -> list[int]:
    if padding == "same":
        return [d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True)]
    return [0] * len(kernel) if padding == "valid" else _each(padding, len(kernel))


def _each(value: Any, axes: int) -> list[int]:
    given = [value] if isinstance(value, int) else list(value)
    return given * axes if len(given) == 1 else given
