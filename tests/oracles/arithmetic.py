"""Every term of one output of an operation, by loops over plain arrays: the formulas, slow and obvious.

Each function gives (factor, value) by the place the value is read from, and what is added besides.
"""

import math
from collections.abc import Callable

import numpy as np

Place = tuple[int, int, int]
Terms = dict[Place, tuple[float, float]]


def convolution(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    at: Place,
    *,
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> tuple[Terms, float]:
    """x of shape (channel, row, column), weight (out, channel of the group, row, column)."""
    out, row, column = at
    each = weight.shape[1]
    first = out // (weight.shape[0] // groups) * each
    terms: Terms = {}
    for channel in range(each):
        for down in range(weight.shape[2]):
            for across in range(weight.shape[3]):
                r = row * stride[0] - padding[0] + down * dilation[0]
                c = column * stride[1] - padding[1] + across * dilation[1]
                inside = 0 <= r < x.shape[1] and 0 <= c < x.shape[2]
                value = x[first + channel, r, c] if inside else 0.0
                terms[first + channel, r, c] = (weight[out, channel, down, across], value)
    return terms, 0.0 if bias is None else float(bias[out])


def transposed(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    at: Place,
    *,
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> tuple[Terms, float]:
    """Every input spreads over the output: those that reach a place. weight (channel, out, row, column)."""
    out, row, column = at
    each, outputs = x.shape[0] // groups, weight.shape[1]
    group = out // outputs
    terms: Terms = {}
    for channel in range(group * each, (group + 1) * each):
        for r in range(x.shape[1]):
            for c in range(x.shape[2]):
                for down in range(weight.shape[2]):
                    for across in range(weight.shape[3]):
                        there = (
                            r * stride[0] - padding[0] + down * dilation[0],
                            c * stride[1] - padding[1] + across * dilation[1],
                        )
                        if there == (row, column):
                            terms[channel, r, c] = (
                                weight[channel, out % outputs, down, across],
                                x[channel, r, c],
                            )
    return terms, float(bias[out])


def average(
    x: np.ndarray,
    at: Place,
    *,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    count_padding: bool,
) -> Terms:
    """The mean of a window; the padding that counts ends with the padding, also where the window goes on."""
    channel, row, column = at
    places, counted = [], 0
    for down in range(kernel[0]):
        for across in range(kernel[1]):
            r, c = row * stride[0] - padding[0] + down, column * stride[1] - padding[1] + across
            if 0 <= r < x.shape[1] and 0 <= c < x.shape[2]:
                places.append((channel, r, c))
            if r < x.shape[1] + padding[0] and c < x.shape[2] + padding[1]:
                counted += 1
    divisor = counted if count_padding else len(places)
    return {place: (1 / divisor, float(x[place])) for place in places}


def largest(
    x: np.ndarray,
    at: Place,
    *,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
) -> Terms:
    """The largest value of a window counts once, the others not at all."""
    channel, row, column = at
    places = []
    for down in range(kernel[0]):
        for across in range(kernel[1]):
            r = row * stride[0] - padding[0] + down * dilation[0]
            c = column * stride[1] - padding[1] + across * dilation[1]
            if 0 <= r < x.shape[1] and 0 <= c < x.shape[2]:
                places.append((channel, r, c))
    winner = max(places, key=lambda place: x[place])
    return {place: (float(place == winner), float(x[place])) for place in places}


def adaptive(x: np.ndarray, at: Place, size: tuple[int, int]) -> Terms:
    """The mean of one of size × size windows that divide the map as evenly as can be."""
    channel, row, column = at
    rows = range(math.floor(row * x.shape[1] / size[0]), math.ceil((row + 1) * x.shape[1] / size[0]))
    columns = range(math.floor(column * x.shape[2] / size[1]), math.ceil((column + 1) * x.shape[2] / size[1]))
    count = len(rows) * len(columns)
    return {(channel, r, c): (1 / count, float(x[channel, r, c])) for r in rows for c in columns}


def normalised(values: np.ndarray, own: int, gain: float, offset: float, epsilon: float) -> float:
    """One of some values, after mean and variance of all are taken out."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    return float((values[own] - mean) / math.sqrt(variance + epsilon) * gain + offset)


def softmax(values: np.ndarray, own: int) -> float:
    """One exponential over the sum of all."""
    return math.exp(values[own]) / sum(math.exp(value) for value in values)


def _phi(x: float) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "ReLU": lambda x: max(x, 0.0),
    "ReLU6": lambda x: min(max(x, 0.0), 6.0),
    "Hardtanh": lambda x: min(max(x, -1.0), 1.0),
    "SiLU": lambda x: x * _sigmoid(x),
    "GELU": lambda x: x * _phi(x),
    "Hardswish": lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
    "Hardsigmoid": lambda x: min(max(x + 3, 0.0), 6.0) / 6,
    "Sigmoid": _sigmoid,
    "LogSigmoid": lambda x: -math.log(1 + math.exp(-x)),
    "Tanh": math.tanh,
    "LeakyReLU": lambda x: x if x > 0 else 0.01 * x,
    "PReLU": lambda x: x if x > 0 else 0.25 * x,
    "ELU": lambda x: x if x > 0 else math.exp(x) - 1,
    "CELU": lambda x: x if x > 0 else math.exp(x) - 1,
    "SELU": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1)),
    "Mish": lambda x: x * math.tanh(math.log(1 + math.exp(x))),
    "Softplus": lambda x: math.log(1 + math.exp(x)),
    "Softsign": lambda x: x / (1 + abs(x)),
    "Hardshrink": lambda x: x if abs(x) > 0.5 else 0.0,
}
