"""Operations that compute nothing: they put elements elsewhere, repeat them, or surround them."""

import operator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int
from torch import Tensor, fx

from tapetum.network.arithmetic.terms import Index, Reading, Sum
from tapetum.network.functional import aten

MOVES: tuple[Any, ...] = (
    aten.view.default,
    aten.reshape.default,
    aten._unsafe_view.default,
    aten.flatten.using_ints,
    aten.unflatten.int,
    aten.squeeze.default,
    aten.squeeze.dim,
    aten.squeeze.dims,
    aten.unsqueeze.default,
    aten.permute.default,
    aten.transpose.int,
    aten.t.default,
    aten.movedim.int,
    aten.slice.Tensor,
    aten.select.int,
    aten.narrow.default,
    aten.expand.default,
    aten.expand_as.default,
    aten.repeat.default,
    aten.flip.default,
    aten.roll.default,
    aten.contiguous.default,
    aten.clone.default,
    aten.to.dtype,
    aten.to.dtype_layout,
    aten._to_copy.default,
    aten.channel_shuffle.default,
    aten.pixel_shuffle.default,
    aten.pixel_unshuffle.default,
    aten.upsample_nearest2d.vec,
    operator.getitem,
)
PIECES: tuple[Any, ...] = (
    aten.chunk.default,
    aten.split.Tensor,
    aten.split.sizes,
    aten.split_with_sizes.default,
    aten.unbind.int,
)
"""Operations whose result is several pieces of a value; a piece is taken by `getitem`."""

_CASTS = (aten.to.dtype, aten.to.dtype_layout, aten._to_copy.default)


def moved(read: Reading, at: Index) -> Sum:
    """One element of another value."""
    source, index = origin(read, np.array([at]))
    terms = read.weighted(source, [[int(i)] for i in index[0]])
    return Sum("value, taken over", [terms], float(terms.values[0]))


def padded(read: Reading, at: Index) -> Sum:
    """One element of the value inside, or of what surrounds it."""
    places = _numbered(read.shape(read.source())) + 1
    constant = read.node.target is aten.constant_pad_nd.default or read.given(2, "mode", "constant") == (
        "constant"
    )
    amounts = read.given(1)
    found = (
        aten.constant_pad_nd(places, amounts, 0.0)
        if constant
        else aten.pad(places, amounts, read.given(2, "mode"))
    )
    place = int(found[at]) - 1
    if place < 0:
        fill = float(read.given(2 if read.node.target is aten.constant_pad_nd.default else 3, "value") or 0)
        return Sum("padding", [], fill, {"padding": fill})
    index = np.unravel_index(place, read.shape(read.source()))
    terms = read.weighted(read.source(), [[int(i)] for i in index])
    return Sum("value, taken over", [terms], float(terms.values[0]))


def origin(read: Reading, index: Int[np.ndarray, "n dims"]) -> tuple[fx.Node, Int[np.ndarray, "n source"]]:
    """Where elements of a moved value come from: the operation is tried on numbered elements."""
    node = read.node
    source = read.source()
    if node.target is operator.getitem:
        pieces, source = read.of(source), read.of(source).source()
        moved_ones = pieces.node.target(*_on_numbers(pieces), **pieces.resolved(pieces.node.kwargs))  # type: ignore[operator]
        found: Tensor = moved_ones[read.raw(1)]
    elif node.target in _CASTS:
        return source, index
    else:
        found = node.target(*_on_numbers(read), **read.resolved(node.kwargs))  # type: ignore[operator]
    flat = found[tuple(torch.from_numpy(column) for column in index.T)].long().numpy()
    return source, np.stack(np.unravel_index(flat, read.shape(source)), 1)


def _on_numbers(read: Reading) -> list[Any]:
    """The operation's arguments with the numbers of its elements in place of the first one's values."""
    return [_numbered(read.shape(read.source())), *(read.resolved(a) for a in read.node.args[1:])]


def _numbered(shape: tuple[int, ...]) -> Tensor:
    numbers: Float64[np.ndarray, " n"] = np.arange(int(np.prod(shape)), dtype=np.float64)
    return torch.from_numpy(numbers).view(shape)
