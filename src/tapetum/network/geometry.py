"""Receptive fields: which rows and columns of the picture each element of a tensor can see.

Per tensor and axis two integer arrays, `lo[j]` and `hi[j]`, exact at the borders and on branched graphs; and,
where every element sees the same amount, the line that holds far from the borders and gives the size that
textbooks quote. Rows and columns are kept apart; so where one branch is nothing but padding in some rows, its
columns count all the same, and a value may be said to see more than it does, never less.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, fx

from tapetum.network.axes import Axis, Extent, pixels, shape_of, union, whole
from tapetum.network.functional import argument, aten
from tapetum.network.rules import GLOBAL, POINTWISE, RULES


def extents(graph: fx.Graph, rows: int, columns: int) -> dict[str, Extent]:
    """The extent of every node that depends on the picture, whose batch is the graph's first placeholder."""
    picture = next(iter(graph.nodes))
    found: dict[fx.Node, Extent] = {picture: Extent(pixels(2, rows), pixels(3, columns))}
    for node in graph.nodes:
        if node.op == "call_function" and any(source in found for source in node.all_input_nodes):
            found[node] = _extent(node, found, (rows, columns))
    return {node.name: extent for node, extent in found.items()}


def _extent(node: fx.Node, found: dict[fx.Node, Extent], picture: tuple[int, int]) -> Extent:
    value = node.meta.get("val")
    if not isinstance(value, Tensor | list | tuple):
        return Extent(None, None)
    if isinstance(value, Tensor) and _is_pointwise(node):
        return _hull(node, found, picture)
    if node.target is aten.cat.default:
        return _cat(node, found, picture)
    first = node.args[0] if node.args else None
    rule = RULES.get(node.target)
    if rule is None or not isinstance(first, fx.Node) or first not in found:
        return _unknown(node, found, picture)
    rows, columns = (
        None if axis is None else rule(node, first, axis, which, picture[which])
        for which, axis in enumerate(found[first].axes)
    )
    return Extent(rows, columns, all(found[s].exact for s in node.all_input_nodes if s in found))


def _is_pointwise(node: fx.Node) -> bool:
    return torch.Tag.pointwise in getattr(node.target, "tags", ()) or node.target in POINTWISE


def _unknown(node: fx.Node, found: dict[fx.Node, Extent], picture: tuple[int, int]) -> Extent:
    """An operation without a rule may look anywhere; dimensions survive where the shape does."""
    sources = [found[source] for source in node.all_input_nodes if source in found]
    exact = node.target in GLOBAL and all(source.exact for source in sources)
    if not isinstance(node.meta.get("val"), Tensor):
        return Extent(None, None, exact)
    shape = shape_of(node)
    out: list[Axis | None] = []
    for which in (0, 1):
        axes = [axis for axis in (source.axes[which] for source in sources) if axis is not None]
        kept = next((a for a in axes if a.dim < len(shape) and shape[a.dim] == len(a.lo)), None)
        out.append(None if kept is None else whole(kept, len(kept.lo), picture[which]))
    return Extent(out[0], out[1], exact)


def _hull(node: fx.Node, found: dict[fx.Node, Extent], picture: tuple[int, int]) -> Extent:
    """Elementwise operations: the union of what the operands see, with broadcasting."""
    shape = shape_of(node)
    operands = [s for s in node.all_input_nodes if s in found and isinstance(s.meta["val"], Tensor)]
    out: list[Axis | None] = []
    for which in (0, 1):
        axes = []
        for source in operands:
            axis = found[source].axes[which]
            shift = len(shape) - source.meta["val"].dim()
            axes.append(None if axis is None else Axis(axis.dim + shift, axis.lo, axis.hi, axis.line))
        out.append(union(axes, shape, picture[which]))
    return Extent(out[0], out[1], all(found[source].exact for source in operands))


def _cat(node: fx.Node, found: dict[fx.Node, Extent], picture: tuple[int, int]) -> Extent:
    parts = node.args[0]
    assert isinstance(parts, Sequence)
    tensors = [part for part in parts if isinstance(part, fx.Node)]
    shape = shape_of(node)
    dim = argument(node, 1, "dim", 0) % len(shape)
    out: list[Axis | None] = []
    for which in (0, 1):
        axes = [found[t].axes[which] for t in tensors if t in found]
        if any(axis is not None and axis.dim == dim for axis in axes):
            out.append(_in_a_row(tensors, found, dim, which, picture[which]))
        else:
            out.append(union(axes, shape, picture[which]))
    return Extent(out[0], out[1], all(found[t].exact for t in tensors if t in found))


def _in_a_row(
    tensors: Sequence[fx.Node], found: dict[fx.Node, Extent], dim: int, which: int, picture: int
) -> Axis:
    """Tensors one after the other along the axis itself; one without the picture in it sees nothing."""
    lo, hi = [], []
    for tensor in tensors:
        count = shape_of(tensor)[dim]
        axis = found[tensor].axes[which] if tensor in found else Axis(dim, *_nothing(count), None)
        lo.append(np.zeros(count, int) if axis is None else axis.lo)
        hi.append(np.full(count, picture - 1) if axis is None else axis.hi)
    return Axis(dim, np.concatenate(lo), np.concatenate(hi), None)


def _nothing(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full(count, 1 << 40), np.full(count, -(1 << 40))
