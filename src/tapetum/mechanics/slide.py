"""How a window slides along one axis, and what the formulas say of it: output size and receptive field."""

from collections.abc import Sequence
from numbers import Integral
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Int

from tapetum.errors import WindowError

Edge = int | Literal["valid", "same"]
"""What is added at either end of an axis: so many places, none, or as many as keep its size (at stride 1)."""
Pair = int | tuple[int, int]
"""One number for rows and columns, or one for each."""
Padding = Edge | tuple[int, int]
"""One for rows and columns, or a number for each."""


class Slide(NamedTuple):
    """How a window slides along one axis: its places, how far it moves, what is added, and its gaps.

    Example:
        >>> Slide(3, stride=2, padding=1)
        Slide(kernel=3, stride=2, padding=1, dilation=1)
    """

    kernel: int
    stride: int = 1
    padding: Edge = 0
    dilation: int = 1

    @property
    def span(self) -> int:
        """From the first to the last place of the window: (kernel − 1) · dilation + 1."""
        return (self.kernel - 1) * self.dilation + 1


def output_size(size: int, slide: Slide) -> int:
    """How many places the window has on an axis of this size.

    ⌊(size + padding before + padding after − span) / stride⌋ + 1; with "same" that is ⌈size / stride⌉.

    Raises:
        WindowError: a number that is out of range, or a window that is larger than the padded axis.

    Example:
        >>> output_size(14, Slide(4, stride=2)), output_size(224, Slide(7, stride=2, padding=3))
        (6, 112)
    """
    before, after = edges(size, slide)
    room = size + before + after
    if slide.span > room:
        gaps = f" ({slide.kernel} with dilation {slide.dilation})" if slide.dilation > 1 else ""
        raise WindowError(
            f"The kernel spans {slide.span}{gaps}, and the padded input only {room}. "
            f"Give a kernel of at most {room}, or more padding."
        )
    return (room - slide.span) // slide.stride + 1


def edges(size: int, slide: Slide) -> tuple[int, int]:
    """How many places are added before and after an axis; of an odd number, the larger half after.

    Raises:
        WindowError: a number that is out of range.

    Example:
        >>> edges(5, Slide(4, padding="same"))
        (1, 2)
    """
    _check(size, slide)
    if slide.padding == "same":
        places = -(-size // slide.stride)
        added = max(0, (places - 1) * slide.stride + slide.span - size)
        return added // 2, added - added // 2
    amount = 0 if slide.padding == "valid" else slide.padding
    return amount, amount


def taps(size: int, slide: Slide) -> Int[np.ndarray, "places taps"]:
    """Which places of the axis every window reads, counted from 0; those outside are padding.

    Example:
        >>> taps(3, Slide(3, padding=1)).tolist()
        [[-1, 0, 1], [0, 1, 2], [1, 2, 3]]
    """
    starts = np.arange(output_size(size, slide)) * slide.stride - edges(size, slide)[0]
    return starts[:, None] + np.arange(slide.kernel) * slide.dilation


def output_sizes(size: int, slides: Sequence[Slide]) -> list[int]:
    """The size of an axis after each of several layers.

    Example:
        >>> output_sizes(28, [Slide(5), Slide(2, stride=2), Slide(5), Slide(2, stride=2)])
        [24, 12, 8, 4]
    """
    found = []
    for slide in slides:
        size = output_size(size, slide)
        found.append(size)
    return found


def receptive_field(slides: Sequence[Slide]) -> tuple[int, int]:
    """How many places of the input one output of several layers sees, and how far neighbours lie apart.

    field = 1 + Σ (span − 1) · product of the strides before; the distance is the product of all strides.

    Example:
        A 3×3 convolution, 2×2 pooling and a 3×3 convolution see 8 × 8 pixels:

        >>> receptive_field([Slide(3), Slide(2, stride=2), Slide(3)])
        (8, 2)
    """
    field, apart = 1, 1
    for slide in slides:
        _check(1, slide)
        field += (slide.span - 1) * apart
        apart *= slide.stride
    return field, apart


def _check(size: int, slide: Slide) -> None:
    for name, value, least in (
        ("size of the input", size, 1),
        ("kernel", slide.kernel, 1),
        ("stride", slide.stride, 1),
        ("dilation", slide.dilation, 1),
    ):
        _whole(name, value, least)
    if slide.padding not in ("valid", "same"):
        _whole("padding", slide.padding, 0, " or 'valid' or 'same'")


def _whole(name: str, value: object, least: int, otherwise: str = "") -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        comma = "," if otherwise else ""
        raise WindowError(
            f"The {name} is {value!r}. Give a whole number of at least {least}{comma}{otherwise}."
        )
