"""Pooling as one does it by hand."""

from typing import Literal

import numpy as np

from tapetum.errors import WindowError
from tapetum.mechanics.numbers import Numbers, channels_of, padded_with, slides_of, two
from tapetum.mechanics.slide import Padding, Pair, edges, taps
from tapetum.results import SlidingWindow


def pooling(
    picture: Numbers,
    size: Pair = 2,
    *,
    by: Literal["max", "average"] = "max",
    stride: Pair | None = None,
    padding: Padding = "valid",
) -> SlidingWindow:
    """Slide a window over every channel, and keep its largest number or its mean.

    max: y[r, c] = max of the window; average: y[r, c] = sum of the window / its places.

    Args:
        picture: rows × columns, or channels × rows × columns.
        size: rows and columns of the window, one number or two.
        by: "max" or "average".
        stride: how far the window moves; the window's own size where nothing is said.
        padding: as for `convolution`, at most half the window. It never is the largest, and counts as 0 in
            a mean.

    Raises:
        WindowError: a stride of 0, a window larger than the padded input, too much padding, another word.
        NonFiniteError: NaN or infinity.

    Example:
        >>> pooling([[1, 5, 2], [0, 3, 8], [9, 9, 9]], 2).values.tolist()
        [[[5.0]]]
        >>> pooling([[1, 5], [0, 2]], 2, by="average").values.tolist()
        [[[2.0]]]
    """
    if by not in ("max", "average"):
        raise WindowError(f"There is no pooling by {by!r}. Use one of: max, average.")
    given = channels_of(picture)
    tall, wide = two("size", size)
    rows, columns = slides_of((tall, wide), (tall, wide) if stride is None else stride, padding)
    down, across = taps(given.shape[1], rows), taps(given.shape[2], columns)
    margins = (edges(given.shape[1], rows), edges(given.shape[2], columns))
    for amounts, slide in zip(margins, (rows, columns), strict=True):
        if 2 * max(amounts) > slide.kernel:
            raise WindowError(
                f"A padding of {max(amounts)} is more than half of a window of {slide.kernel}. "
                f"Give at most {slide.kernel // 2}."
            )
    padded = padded_with(-np.inf if by == "max" else 0.0, given, margins)
    windows = padded[:, (down + margins[0][0])[:, None, :, None], (across + margins[1][0])[None, :, None, :]]
    return SlidingWindow(
        operation="max pooling" if by == "max" else "average pooling",
        picture=given,
        padded=padded,
        margins=margins,
        rows=down,
        columns=across,
        stride=(rows.stride, columns.stride),
        dilation=(1, 1),
        groups=len(given),
        filters=None,
        bias=np.zeros(len(given)),
        has_bias=False,
        values=windows.max((3, 4)) if by == "max" else windows.mean((3, 4)),
    )
