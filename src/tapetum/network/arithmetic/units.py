"""Elements of a layer by channel, row and column, and back."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from tapetum.errors import LayerError
from tapetum.network.arithmetic.terms import Index
from tapetum.network.layers import Layer
from tapetum.network.tokens import Places

PICTURE = "picture"
"""What the network's input is called among the layers."""

_ON_PICTURE = Places(0, 0, (2, 3))


def index_of(layer: Layer, shape: Sequence[int], channel: int, row: int | None, column: int | None) -> Index:
    """The element of a layer's value at this channel and position; `shape` is its value's for one picture.

    Where a layer has no rows and columns, every number of it is a channel of its own.

    Raises:
        LayerError: a channel, row or column that the layer does not have, or a missing position.
    """
    places = layer.places
    if places is None or (places.count == 1 and row is None and column is None):
        if row is not None or column is not None:
            raise LayerError(
                f"The layer {layer.name!r} has no rows and columns, but {int(np.prod(shape))} numbers. "
                "Leave the position out: a channel is enough."
            )
        _check("channel", channel, int(np.prod(shape)), layer)
        return tuple(map(int, np.unravel_index(channel, tuple(shape))))
    channels = shape[places.channel]
    _check("channel", channel, channels, layer)
    if row is None or column is None:
        raise LayerError(
            f"The layer {layer.name!r} has {places.rows} × {places.columns} positions. "
            "Say which one: a row and a column, counted from 0."
        )
    _check("row", row, places.rows, layer)
    _check("column", column, places.columns, layer)
    found = [0] * len(shape)
    found[places.channel] = channel
    if len(places.dims) == 2:
        found[places.dims[0]], found[places.dims[1]] = row, column
    else:
        found[places.dims[0]] = places.prefix + row * places.columns + column
    return tuple(found)


def _check(what: str, given: int, count: int, layer: Layer) -> None:
    if not 0 <= given < count:
        raise LayerError(
            f"The layer {layer.name!r} has no {what} {given}. It has the {what}s 0 to {count - 1}."
        )


Located = tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"] | None, Int[np.ndarray, " n"] | None]


def located(layer: Layer | None, shape: Sequence[int], index: Int[np.ndarray, "n dims"]) -> Located:
    """Channel, row and column of many elements of a value; no rows and columns where it has none.

    `layer` is None for the picture. In a transformer, tokens of no position count as row −1.
    """
    places = _ON_PICTURE if layer is None else layer.places
    if places is None:
        return np.ravel_multi_index(tuple(index.T), tuple(shape)), None, None
    channel = index[:, places.channel]
    if len(places.dims) == 2:
        return channel, index[:, places.dims[0]], index[:, places.dims[1]]
    token = index[:, places.dims[0]] - places.prefix
    off = (token < 0) | (token >= places.count)
    return channel, np.where(off, -1, token // places.columns), np.where(off, token, token % places.columns)
