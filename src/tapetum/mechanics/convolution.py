"""Convolution as one does it by hand."""

import numpy as np
from jaxtyping import Float64, Int

from tapetum.errors import WindowError
from tapetum.mechanics.numbers import Numbers, biases_of, channels_of, filters_of, padded_with, slides_of
from tapetum.mechanics.slide import Padding, Pair, edges, taps
from tapetum.results import SlidingWindow


def convolution(
    picture: Numbers,
    filters: Numbers,
    bias: Numbers = None,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    groups: int = 1,
) -> SlidingWindow:
    """Slide filters over a picture, and keep everything that shows how.

    y[f, r, c] = Σ_channel Σ_u Σ_v w[f, channel, u, v] · x[channel, r·stride + u·dilation − padding, …] + b[f]

    The kernel is laid over the picture as it stands, as networks do it (cross-correlation).

    Args:
        picture: rows × columns, or channels × rows × columns.
        filters: a kernel (rows × columns), a filter (channels × rows × columns), several filters
            (filters × channels × rows × columns), or the name of a known operator such as "sobel-vertical",
            which is laid over each channel in groups of its own where there are several.
        bias: a number for each filter.
        stride: how far the window moves, one number or (rows, columns).
        padding: zeros added on either side: a number, (rows, columns), "valid" for none, or "same" for as
            many as make ⌈size / stride⌉ outputs.
        dilation: distance between neighbouring taps of the kernel.
        groups: so many parts of the channels, each with its share of the filters.

    Raises:
        WindowError: a stride of 0, a kernel larger than the padded input, channels that do not fit the
            filters, a padded input of more than 50 million numbers, or what is no array.
        NonFiniteError: NaN or infinity.

    Reference:
        Dumoulin, Visin (2016), A guide to convolution arithmetic for deep learning.

    Example:
        >>> found = convolution([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, -1]])
        >>> found.values.tolist()
        [[[-4.0, -4.0], [-4.0, -4.0]]]
        >>> found.step(0, 1).products.tolist()
        [[[2.0, 0.0], [0.0, -6.0]]]
    """
    given = channels_of(picture)
    weights = filters_of(filters)
    if isinstance(filters, str) and groups == 1:
        groups, weights = len(given), np.repeat(weights, len(given), axis=0)
    _check_channels(len(given), weights.shape, groups)
    biases = biases_of(bias, len(weights))
    rows, columns = slides_of((weights.shape[2], weights.shape[3]), stride, padding, dilation)
    down, across = taps(given.shape[1], rows), taps(given.shape[2], columns)
    margins = (edges(given.shape[1], rows), edges(given.shape[2], columns))
    padded = padded_with(0.0, given, margins)
    return SlidingWindow(
        operation="convolution",
        picture=given,
        padded=padded,
        margins=margins,
        rows=down,
        columns=across,
        stride=(rows.stride, columns.stride),
        dilation=(rows.dilation, columns.dilation),
        groups=groups,
        filters=weights,
        bias=biases,
        has_bias=bias is not None,
        values=_convolved(padded, weights, (down + margins[0][0], across + margins[1][0]), groups)
        + biases[:, None, None],
    )


def _convolved(
    padded: Float64[np.ndarray, "channel rows columns"],
    weights: Float64[np.ndarray, "filter each tall wide"],
    taps: tuple[Int[np.ndarray, "down tall"], Int[np.ndarray, "across wide"]],
    groups: int,
) -> Float64[np.ndarray, "filter down across"]:
    """Tap by tap: each weight times everything that lies under it on the way."""
    each, share = weights.shape[1], len(weights) // groups
    values = np.zeros((len(weights), len(taps[0]), len(taps[1])))
    for (place, channel, u, v), weight in np.ndenumerate(weights):
        under = np.ix_(taps[0][:, u], taps[1][:, v])
        values[place] += weight * padded[place // share * each + channel][under]
    return values


def _check_channels(channels: int, shape: tuple[int, ...], groups: int) -> None:
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
        raise WindowError(f"The groups are {groups!r}. Give a whole number of at least 1.")
    if channels % groups or shape[0] % groups:
        raise WindowError(
            f"{groups} groups do not divide {channels} channels and {shape[0]} filters. "
            "Give a number that divides both."
        )
    if shape[1] != channels // groups:
        raise WindowError(
            f"The filters have {shape[1]} kernels each, and the input has {channels} channels"
            f"{f' in {groups} groups' if groups > 1 else ''}. Give one kernel for each channel of a group."
        )
