"""What a person gives as numbers: pictures, kernels, filters and pairs, checked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64

from tapetum.errors import NonFiniteError, WindowError
from tapetum.mechanics.slide import Edge, Padding, Pair, Slide
from tapetum.network.operators import OPERATORS
from tapetum.options import nearest
from tapetum.pictures import printable

Numbers = Any
"""Nested sequences or an array."""
Margins = tuple[tuple[int, int], tuple[int, int]]
"""What is added: above and below, left and right."""
_MOST = 50_000_000


def channels_of(picture: Numbers) -> Float64[np.ndarray, "channel rows columns"]:
    """A picture as channels: rows × columns is one channel.

    Raises:
        WindowError: another number of axes, an empty axis, or no numbers.
        NonFiniteError: NaN or infinity.
    """
    found = _array("input", picture)
    if found.ndim not in (2, 3):
        raise WindowError(
            f"The input has {found.ndim} axes. Give rows × columns, or channels × rows × columns."
        )
    return found[None] if found.ndim == 2 else found


def filters_of(filters: Numbers) -> Float64[np.ndarray, "filter channel rows columns"]:
    """Filters: the name of a known operator, a kernel, the kernels of one filter, or several filters.

    Raises:
        WindowError: an unknown name, another number of axes, an empty axis, or no numbers.
        NonFiniteError: NaN or infinity.
    """
    if isinstance(filters, str):
        filters = operator(filters)
    found = _array("kernel", filters)
    if found.ndim not in (2, 3, 4):
        raise WindowError(
            f"The kernel has {found.ndim} axes. Give rows × columns for a kernel, channels × rows × columns "
            "for a filter, or filters × channels × rows × columns."
        )
    return found.reshape(*[1] * (4 - found.ndim), *found.shape)


def operator(name: str) -> Float64[np.ndarray, "rows columns"]:
    """A known kernel by name.

    Raises:
        WindowError: there is none; the message lists the nearest names.
    """
    if name not in OPERATORS:
        like = nearest(name, OPERATORS)
        raise WindowError(f"There is no kernel called {printable(name)!r}. The nearest: {like}.")
    return OPERATORS[name]


def biases_of(bias: Numbers, filters: int) -> Float64[np.ndarray, " filter"]:
    """One number per filter; a single one for all, and 0 where there is none.

    Raises:
        WindowError: another number of them.
        NonFiniteError: NaN or infinity.
    """
    if bias is None:
        return np.zeros(filters)
    found = _array("bias", bias)
    if found.ndim == 0:
        return np.full(filters, found)
    if found.shape != (filters,):
        raise WindowError(
            f"The bias has shape {found.shape} for {filters} filters. Give one number for each."
        )
    return found


def slides_of(
    kernel: tuple[int, int], stride: Pair, padding: Padding, dilation: Pair = 1
) -> tuple[Slide, Slide]:
    """How a window slides over rows and over columns.

    Raises:
        WindowError: neither one number nor two.
    """
    strides, dilations = two("stride", stride), two("dilation", dilation)
    paddings: Sequence[Edge] = two("padding", padding)
    rows, columns = map(Slide, kernel, strides, paddings, dilations)
    return rows, columns


def two(name: str, value: Any) -> Sequence[Any]:
    """One number for rows and one for columns.

    Raises:
        WindowError: another number of them.
    """
    if not isinstance(value, tuple | list):
        return (value, value)
    if len(value) != 2:
        raise WindowError(f"The {name} is {value!r}. Give one number, or one for rows and one for columns.")
    return value


def padded_with(
    fill: float, picture: Float64[np.ndarray, "channel rows columns"], margins: Margins
) -> Float64[np.ndarray, "channel high broad"]:
    """A picture with what is added around it.

    Raises:
        WindowError: too large to be done by hand.
    """
    high, broad = (size + sum(margin) for size, margin in zip(picture.shape[1:], margins, strict=True))
    check_count("The padded input", len(picture) * high * broad)
    return np.pad(picture, ((0, 0), *margins), constant_values=fill)


def check_count(what: str, count: int) -> None:
    """Refuse what would take the memory of the machine.

    Raises:
        WindowError: more than 50 million numbers.
    """
    if count > _MOST:
        raise WindowError(
            f"{what} has {count:,} numbers, more than {_MOST:,}. Give a smaller input, or less padding."
        )


def _array(what: str, values: Numbers) -> Float64[np.ndarray, "*shape"]:
    try:
        found = np.array(values, np.float64)
    except (TypeError, ValueError) as error:
        raise WindowError(
            f"The {what} is not an array of numbers ({error}). Give rows of equal length."
        ) from error
    if found.size == 0:
        raise WindowError(f"The {what} is empty (shape {found.shape}). Give at least one number.")
    broken = int(np.count_nonzero(~np.isfinite(found)))
    if broken:
        raise NonFiniteError(
            f"The {what} holds {broken:,} values that are NaN or infinite. Give finite numbers."
        )
    return found
