"""How much a dense layer and a convolution cost: weights to learn, and arithmetic to do."""

import math
from typing import NamedTuple

from tapetum.errors import WindowError
from tapetum.mechanics.numbers import slides_of
from tapetum.mechanics.slide import Padding, Pair, output_size


class Cost(NamedTuple):
    """What a layer holds, and what it does for one picture.

    Attributes:
        weights: numbers to learn, biases left out.
        biases: one for each output (dense), or for each filter.
        multiply_adds: products that are added up.
    """

    weights: int
    biases: int
    multiply_adds: int


def dense_cost(inputs: int, outputs: int) -> Cost:
    """A dense layer: every output has a weight for every input.

    Raises:
        WindowError: a number below 1.

    Example:
        >>> dense_cost(5 * 5, 3 * 3)
        Cost(weights=225, biases=9, multiply_adds=225)
        >>> dense_cost(224 * 224 * 3, 224 * 224 * 3 // 2).weights
        11329339392
    """
    _positive(inputs=inputs, outputs=outputs)
    return Cost(inputs * outputs, outputs, inputs * outputs)


def convolution_cost(
    input_shape: tuple[int, int, int],
    filters: int,
    kernel: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
) -> Cost:
    """A convolution: the same weights at every place.

    weights = filters · channels / groups · kernel rows · kernel columns; each is used once for every place of
    the window. Products with padding are counted.

    Args:
        input_shape: channels, rows and columns.
        filters: how many.
        kernel: rows and columns.
        stride: as for `convolution`, and so are the others.
        padding: added on either side.
        dilation: distance between taps.
        groups: parts of the channels with filters of their own.

    Raises:
        WindowError: a number out of range, or a kernel larger than the padded input.

    Example:
        >>> convolution_cost((1, 5, 5), 1, (3, 3))
        Cost(weights=9, biases=1, multiply_adds=81)
        >>> convolution_cost((3, 224, 224), 64, (7, 7), stride=2, padding=3).multiply_adds
        118013952
    """
    channels, *sizes = input_shape
    _positive(channels=channels, filters=filters, groups=groups)
    if channels % groups or filters % groups:
        raise WindowError(
            f"{groups} groups do not divide {channels} channels and {filters} filters. "
            "Give a number that divides both."
        )
    slides = slides_of(kernel, stride, padding, dilation)
    places = math.prod(map(output_size, sizes, slides))
    weights = filters * channels // groups * kernel[0] * kernel[1]
    return Cost(weights, filters, weights * places)


def _positive(**numbers: int) -> None:
    for name, value in numbers.items():
        if value < 1:
            raise WindowError(f"The number of {name} is {value}. Give at least 1.")
