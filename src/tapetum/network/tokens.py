"""Positions of the picture in a tensor: rows and columns, or both in one dimension as tokens.

A patch embedding is a convolution whose rows and columns are flattened into one dimension, row by row; class
and register tokens are put before them. Where each dimension goes from there the operations' arguments tell.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, fx

from tapetum.network.axes import Extent, numbers, shape_of
from tapetum.network.functional import argument, aten
from tapetum.network.rules import POINTWISE


@dataclass(frozen=True)
class Places:
    """Where a tensor keeps the positions of the picture.

    `dims` are the dimensions of rows and columns, or the one dimension that holds all positions row by row,
    after `prefix` tokens that belong to no position.
    """

    rows: int
    columns: int
    dims: tuple[int, ...]
    prefix: int = 0

    @property
    def count(self) -> int:
        """How many positions there are."""
        return self.rows * self.columns

    @property
    def channel(self) -> int:
        """The dimension of the channels, in a tensor of batch, channels and positions."""
        return next(d for d in range(1, len(self.dims) + 2) if d not in self.dims)

    def maps(self, value: Tensor) -> Float[Tensor, "batch channel rows columns"]:
        """A layer's values or their gradient, one map per channel, without the tokens of no position."""
        if len(self.dims) == 2:
            return value.movedim(self.channel, 1)
        positions = value.movedim(self.channel, 1)[:, :, self.prefix : self.prefix + self.count]
        return positions.view(*positions.shape[:2], self.rows, self.columns)


def places(graph: fx.Graph, seen: Mapping[str, Extent]) -> dict[str, Places]:
    """Where values keep the picture's positions, for those that are batch, channels and positions."""
    known: dict[fx.Node, Places] = {}
    for node in graph.nodes:
        if node.op in {"call_function", "placeholder"} and node.name in seen:
            found = _geometric(node, seen[node.name]) or _followed(node, known)
            if found is not None:
                known[node] = found
    return {node.name: found for node, found in known.items() if _is_plain(node, found)}


def _is_plain(node: fx.Node, found: Places) -> bool:
    """Whether a tensor has a batch, channels and positions, and nothing else."""
    value = node.meta["val"]
    return isinstance(value, Tensor) and value.dim() == len(found.dims) + 2 and 0 not in found.dims


def _geometric(node: fx.Node, extent: Extent) -> Places | None:
    rows, columns = extent.axes
    if rows is None or columns is None or columns.dim != rows.dim + 1:
        return None
    return Places(len(rows.lo), len(columns.lo), (rows.dim, columns.dim))


def _followed(node: fx.Node, known: Mapping[fx.Node, Places]) -> Places | None:
    """What an operation does with the positions of its arguments; None where they are lost or mixed up."""
    if node.target is aten.cat.default:
        return _joined(node, known)
    if is_pointwise(node):
        return _together(node, known)
    source = node.args[0] if node.args else None
    if not isinstance(source, fx.Node) or source not in known:
        return None
    found = known[source]
    if node.target in _KEEPING or (node.target in _BEFORE_LAST and len(_shape(node)) - 1 not in found.dims):
        return found
    if node.target in _PADDING:
        return found if _shape(node) == _shape(source) else None
    if node.target in _RESHAPING:
        return _reshaped(found, _shape(source), _shape(node))
    if node.target in (aten.permute.default, aten.transpose.int):
        return _permuted(node, found, len(_shape(source)))
    if node.target is aten.slice.Tensor:
        return _sliced(node, found, _shape(source))
    if node.target in (aten.select.int, aten.unbind.int):
        dim = argument(node, 1, "dim", 0) % len(_shape(source))
        return None if dim in found.dims else replace(found, dims=tuple(d - (d > dim) for d in found.dims))
    if node.target in _SPLITTING:
        place = 2 if node.target is not operator.getitem else 1
        dim = argument(node, place, "dim", 0) % len(_shape(source)) if place == 2 else -1
        return None if dim in found.dims else found
    return None


def is_pointwise(node: fx.Node) -> bool:
    """Whether every element of the result comes from the elements at its own place."""
    return torch.Tag.pointwise in getattr(node.target, "tags", ()) or node.target in POINTWISE


def acts_per_place(node: fx.Node, found: Places) -> bool:
    """Whether an operation computes every position of its result from that position of its argument alone."""
    last = len(_shape(node)) - 1
    return (
        is_pointwise(node)
        or node.target in (_KEEPING | _RESHAPING | _SPLITTING) - {aten.scaled_dot_product_attention.default}
        or (node.target in _BEFORE_LAST and last not in found.dims)
        or node.target in _MOVING
    )


def reads_no_place(node: fx.Node, found: Places) -> bool:
    """Whether an operation takes out of tokens only such as belong to no position."""
    if len(found.dims) != 1 or node.target not in (aten.select.int, aten.slice.Tensor):
        return False
    source = node.args[0]
    assert isinstance(source, fx.Node)
    shape = _shape(source)
    if argument(node, 1, "dim", 0) % len(shape) != found.dims[0]:
        return False
    window: Any = slice(argument(node, 2, "start"), argument(node, 3, "end"), argument(node, 4, "step", 1))
    if node.target is aten.select.int:
        index = argument(node, 2, "index") % shape[found.dims[0]]
        window = slice(index, index + 1)
    taken = range(shape[found.dims[0]])[window]
    return not any(found.prefix <= place < found.prefix + found.count for place in taken)


_KEEPING = {aten.scaled_dot_product_attention.default}
"""Results have the positions of the first argument."""
_BEFORE_LAST = {aten.linear.default, aten.layer_norm.default, aten.softmax.int, aten.rms_norm.default}
"""Operations on the last dimension, which keep positions in any other."""
_PADDING = {aten.pad.default, aten.constant_pad_nd.default}
"""Often with nothing to add: transformers with windows pad to whole ones."""
_RESHAPING = {
    aten.view.default,
    aten.reshape.default,
    aten.flatten.using_ints,
    aten.unflatten.int,
    aten._unsafe_view.default,
    aten.squeeze.dim,
    aten.unsqueeze.default,
}
_SPLITTING = {
    aten.chunk.default,
    aten.split.Tensor,
    aten.split.sizes,
    aten.split_with_sizes.default,
    operator.getitem,
}
_MOVING = {
    aten.permute.default,
    aten.transpose.int,
    aten.slice.Tensor,
    aten.select.int,
    aten.unbind.int,
    aten.cat.default,
}
SHAPE_ONLY = _RESHAPING | _SPLITTING | _MOVING | {aten.contiguous.default, aten.clone.default}
"""Operations that compute nothing."""


def _shape(node: fx.Node) -> tuple[int, ...]:
    value = node.meta["val"]
    return shape_of(node) if isinstance(value, Tensor) else numbers(value[0].shape)


def _together(node: fx.Node, known: Mapping[fx.Node, Places]) -> Places | None:
    """Elementwise operations: the positions on which all operands that have any agree, with broadcasting."""
    shape = shape_of(node)
    found = set()
    for source in node.all_input_nodes:
        if source in known and isinstance(source.meta["val"], Tensor):
            own, shift = known[source], len(shape) - source.meta["val"].dim()
            moved = replace(own, dims=tuple(d + shift for d in own.dims))
            if all(shape[d + shift] == _shape(source)[d] for d in own.dims):
                found.add(moved)
    return found.pop() if len(found) == 1 else None


def _joined(node: fx.Node, known: Mapping[fx.Node, Places]) -> Places | None:
    """Concatenation: along the channels nothing changes, along the tokens what comes before is prefix."""
    parts = node.args[0]
    assert isinstance(parts, Sequence)
    dim = argument(node, 1, "dim", 0) % len(shape_of(node))
    tensors = [part for part in parts if isinstance(part, fx.Node)]
    found = {known[t] for t in tensors if t in known}
    if len(found) != 1:
        return None
    own = found.pop()
    if dim not in own.dims:
        return own
    carrying = [place for place, tensor in enumerate(tensors) if tensor in known]
    if len(own.dims) != 1 or len(carrying) != 1:
        return None
    return replace(own, prefix=own.prefix + sum(_shape(t)[dim] for t in tensors[: carrying[0]]))


def _reshaped(found: Places, old: tuple[int, ...], new: tuple[int, ...]) -> Places | None:
    """Dimensions survive as they are, or rows and columns become one dimension, or become two again."""
    before = math.prod(old[: found.dims[0]])
    start = next((d for d in range(len(new)) if math.prod(new[:d]) == before), None)
    if start is None:
        return None
    sizes = tuple(old[d] for d in found.dims)
    adjacent = found.dims == tuple(range(found.dims[0], found.dims[0] + len(found.dims)))
    while new[start : start + 1] == (1,) != sizes[:1] and start + 1 < len(new):
        start += 1
    if adjacent and new[start : start + len(sizes)] == sizes:
        return replace(found, dims=tuple(range(start, start + len(sizes))))
    if adjacent and len(sizes) == 2 and new[start : start + 1] == (found.count,):
        return replace(found, dims=(start,))
    # Patches: rows of patches, rows in a patch, columns of patches, columns in a patch.
    fine = new[start : start + 4]
    if adjacent and len(fine) == 4 and (fine[0] * fine[1], fine[2] * fine[3]) == sizes:
        return replace(found, rows=fine[0], columns=fine[2], dims=(start, start + 2))
    if sizes == (found.count,) and new[start : start + 2] == (found.rows, found.columns):
        return replace(found, dims=(start, start + 1))
    return None


def _permuted(node: fx.Node, found: Places, count: int) -> Places:
    order = list(range(count))
    if node.target is aten.permute.default:
        given = node.args[1]
        assert isinstance(given, Sequence)
        order = [operator.index(d) % count for d in given]  # type: ignore[arg-type]
    else:
        a, b = (operator.index(d) % count for d in node.args[1:3])  # type: ignore[arg-type]
        order[a], order[b] = order[b], order[a]
    return replace(found, dims=tuple(order.index(d) for d in found.dims))


def _sliced(node: fx.Node, found: Places, shape: tuple[int, ...]) -> Places | None:
    dim = argument(node, 1, "dim", 0) % len(shape)
    if dim not in found.dims:
        return found
    taken = range(shape[dim])[slice(argument(node, 2, "start"), argument(node, 3, "end"))]
    if argument(node, 4, "step", 1) != 1 or len(taken) == 0:
        return None
    if len(found.dims) == 2:
        return found if len(taken) == shape[dim] else None
    if taken[0] > found.prefix or taken[-1] < found.prefix + found.count - 1:
        return None
    return replace(found, prefix=found.prefix - taken[0])
