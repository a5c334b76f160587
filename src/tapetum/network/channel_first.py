"""A network that works channels-last from the picture on, written as the same network channel-first.

Such a network (Keras writes them) turns the picture round at its beginning, and round again before and after
each convolution and pooling. Here the turning moves through the graph: a value is known as another value and
the order of its dimensions, operations work on the value as it lies channel-first, and a turn is written out
only where an operation needs it. No number changes, only the place where it stands.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.network.axes import shape_of
from tapetum.network.functional import argument, aten
from tapetum.network.rules import POINTWISE

Order = tuple[int, ...]
"""`value = base.permute(order)`."""

_TO_LAST = (0, 2, 3, 1)
_TURNS = {aten.permute.default, aten.transpose.int, aten.t.default}
_RESHAPES = {aten.view.default, aten.reshape.default, aten._unsafe_view.default, aten.flatten.using_ints}
_COPIES = {aten.contiguous.default, aten.clone.default}
_REDUCTIONS = {aten.mean.dim, aten.sum.dim_IntList, aten.amax.default}
_PADS = {aten.pad.default, aten.constant_pad_nd.default}
# Operations along one dimension or several: the place of that argument, and its name.
_ALONG: dict[Any, tuple[int, str]] = {
    aten.softmax.int: (1, "dim"),
    aten._softmax.default: (1, "dim"),
    aten.slice.Tensor: (1, "dim"),
    aten.flip.default: (1, "dims"),
    aten.chunk.default: (2, "dim"),
    aten.split.Tensor: (2, "dim"),
    aten.split_with_sizes.default: (2, "dim"),
    aten.repeat_interleave.self_int: (2, "dim"),
}


def works_channels_last(graph: fx.Graph) -> bool:
    """Whether all who read the picture turn its channels to the end, some perhaps after a flip."""
    return _is_turned(next(iter(graph.nodes)))


def channel_first(graph: fx.Graph) -> None:
    """Move the turns of a network that works channels-last."""
    _Mover(graph).move()


def _is_turned(value: fx.Node) -> bool:
    readers = [user for user in value.users if user.target is not aten.sym_size.int]
    return bool(readers) and all(
        (user.target is aten.permute.default and tuple(user.args[1]) == _TO_LAST)  # type: ignore[arg-type]
        or (user.target is aten.flip.default and _is_turned(user))
        for user in readers
    )


class _Mover:
    """Walks over a graph once and says of every value where it lies: another value, and an order."""

    def __init__(self, graph: fx.Graph) -> None:
        self._graph = graph
        self._lies: dict[fx.Node, tuple[fx.Node, Order | None]] = {}
        self._turned: dict[tuple[fx.Node, Order], fx.Node] = {}
        self._turned_from: dict[fx.Node, tuple[fx.Node, Order]] = {}

    def move(self) -> None:
        for node in list(self._graph.nodes):
            if node.op == "output":
                self._as_before(node)
            elif node.op == "call_function":
                self._lies[node] = self._moved(node)
            else:
                self._lies[node] = (node, None)

    def _moved(self, node: fx.Node) -> tuple[fx.Node, Order | None]:
        source = node.args[0] if node.args else None
        if isinstance(source, fx.Node) and _is_tensor(source):
            base, order = self._lies[source]
            if node.target in _TURNS:
                return self._turned_again(node, base, order)
            if node.target in _COPIES:
                return base, order
            if node.target in _RESHAPES:
                return self._reshaped(node, source)
            if node.target is aten.sym_size.int:
                dim = int(node.args[1])  # type: ignore[arg-type]
                node.args = (base, dim if order is None else order[dim])
                return node, None
            if order is not None:
                rule = self._rule(node)
                if rule is not None:
                    return rule(node, base, order)
        if node.target is operator.getitem and isinstance(source, fx.Node):
            base, order = self._lies[source]
            node.args = (base, *node.args[1:])
            return self._now(node, order)
        if node.target is aten.cat.default:
            return self._joined(node)
        if _is_pointwise(node):
            return self._elementwise(node)
        return self._as_before(node)

    def _rule(self, node: fx.Node) -> Callable[..., tuple[fx.Node, Order | None]] | None:
        if node.target in _REDUCTIONS:
            return self._reduced
        if node.target in _PADS:
            return self._padded
        return self._along if node.target in _ALONG else None

    # ---- what operations do ------------------------------------------------------------------------------

    def _turned_again(
        self, node: fx.Node, base: fx.Node, order: Order | None
    ) -> tuple[fx.Node, Order | None]:
        count = node.meta["val"].dim()
        turn = list(range(count))
        given: Any = node.args[1:]
        if node.target is aten.permute.default:
            turn = [d % count for d in given[0]]
        elif count > 1:
            first, second = (0, 1) if node.target is aten.t.default else (d % count for d in given)
            turn[first], turn[second] = turn[second], turn[first]
        before = order or tuple(range(count))
        after = tuple(before[d] for d in turn)
        return base, None if after == tuple(range(count)) else after

    def _reshaped(self, node: fx.Node, source: fx.Node) -> tuple[fx.Node, Order | None]:
        """Memory is read in order: what only turns dimensions of size one need not be turned."""
        base, order = self._lies[source]
        if order is not None and shape_of(node) == shape_of(source):
            return base, order
        if order is not None and not _keeps_order(shape_of(base), order):
            base = self._plain(source, node)
        while base.target is aten.reshape.default and len(base.users) <= 1:
            base = base.args[0]  # type: ignore[assignment]
        if shape_of(base) == shape_of(node):
            return self._turned_from.get(base, (base, None))
        sizes = node.meta["val"].shape
        one_place = len(sizes) == 4 and shape_of(node)[1:3] == (1, 1)
        kept = _TO_LAST if one_place else None
        sizes = [sizes[0], sizes[3], 1, 1] if one_place else list(sizes)
        if any(not isinstance(size, int) for size in sizes[1:]):
            return self._as_before(node)
        leading = sizes[0] if isinstance(sizes[0], int) else -1
        node.target, node.kwargs = aten.reshape.default, {}
        node.args = (base, [leading, *sizes[1:]])
        return self._now(node, kept)

    def _along(self, node: fx.Node, base: fx.Node, order: Order) -> tuple[fx.Node, Order | None]:
        place, name = _ALONG[node.target]
        given = argument(node, place, name, 0)
        if given is None:
            return self._as_before(node)
        moved = order[given] if isinstance(given, int) else [order[d] for d in given]
        _set_argument(node, place, name, moved)
        node.args = (base, *node.args[1:])
        return self._now(node, order)

    def _reduced(self, node: fx.Node, base: fx.Node, order: Order) -> tuple[fx.Node, Order | None]:
        given = argument(node, 1, "dim")
        dims = [given] if isinstance(given, int) else list(given or [])
        if not dims:
            return self._as_before(node)
        gone = {d % len(order) for d in dims}
        _set_argument(node, 1, "dim", sorted(order[d] for d in gone))
        node.args = (base, *node.args[1:])
        if argument(node, 2, "keepdim", False):
            return self._now(node, order)
        left = [order[d] for d in range(len(order)) if d not in gone]
        return self._now(node, tuple(sorted(left).index(d) for d in left))

    def _padded(self, node: fx.Node, base: fx.Node, order: Order) -> tuple[fx.Node, Order | None]:
        amounts = [int(a) for a in node.args[1]]  # type: ignore[arg-type, union-attr]
        by_dim = {
            order[len(order) - 1 - place]: amounts[2 * place : 2 * place + 2]
            for place in range(len(amounts) // 2)
        }
        padded = [dim for dim, pair in by_dim.items() if any(pair)]
        constant = argument(node, 2, "mode", "constant") == "constant"
        if node.target is aten.pad.default and not constant and min(padded, default=2) < 2:
            return self._as_before(node)
        lowest = min(padded, default=len(order) - 1)
        moved = [a for dim in reversed(range(min(lowest, 2), len(order))) for a in by_dim.get(dim, [0, 0])]
        node.args = (base, moved, *node.args[2:])
        return self._now(node, order)

    def _joined(self, node: fx.Node) -> tuple[fx.Node, Order | None]:
        parts: Sequence[fx.Node] = node.args[0]  # type: ignore[assignment]
        orders = [self._lies[part][1] for part in parts]
        order = next((found for found in orders if found is not None), None)
        if order is None:
            return self._as_before(node)
        dim = order[argument(node, 1, "dim", 0)]
        node.args = ([self._brought(part, order, node) for part in parts], dim)
        node.kwargs = {}
        return self._now(node, order)

    def _elementwise(self, node: fx.Node) -> tuple[fx.Node, Order | None]:
        count = node.meta["val"].dim()
        orders = [
            self._lies[source][1]
            for source in node.all_input_nodes
            if _is_tensor(source) and source.meta["val"].dim() == count
        ]
        order = next((found for found in orders if found is not None), None)
        if order is None:
            return self._as_before(node)

        def brought(value: fx.Node) -> fx.Node:
            return self._brought(value, order, node) if _is_tensor(value) else value

        node.args, node.kwargs = fx.map_arg(node.args, brought), fx.map_arg(node.kwargs, brought)
        if node.target is aten.expand.default:
            sizes: Any = node.args[1]
            node.args = (node.args[0], [sizes[order.index(d)] for d in range(count)])
        return self._now(node, order)

    def _as_before(self, node: fx.Node) -> tuple[fx.Node, Order | None]:
        """An operation that needs its arguments as they stood.

        Where what it read was turned, and its result keeps rows and columns where they stood, the result is
        turned back, so that it too is channel-first for whoever looks at it.
        """
        turned = [
            base
            for base, order in (self._lies[source] for source in node.all_input_nodes if _is_tensor(source))
            if order == _TO_LAST
        ]

        def plain(value: fx.Node) -> fx.Node:
            return self._plain(value, node)

        node.args, node.kwargs = fx.map_arg(node.args, plain), fx.map_arg(node.kwargs, plain)
        keeps = _is_tensor(node) and len(shape_of(node)) == 4
        if keeps and any(shape_of(base)[2:4] == shape_of(node)[1:3] for base in turned):
            return self._made_turn(node, _inverse(_TO_LAST), node), _TO_LAST
        return node, None

    # ---- where values lie --------------------------------------------------------------------------------

    def _now(self, node: fx.Node, order: Order | None) -> tuple[fx.Node, Order | None]:
        """A node that from here on computes its value in another order of dimensions than before."""
        if order is None or order == tuple(range(len(order))):
            return node, None
        back = _inverse(order)
        value = node.meta["val"]
        several = isinstance(value, tuple | list)
        node.meta["val"] = type(value)(v.permute(back) for v in value) if several else value.permute(back)
        return node, order

    def _plain(self, value: fx.Node, reader: fx.Node) -> fx.Node:
        """The value as it stood before anything was moved."""
        base, order = self._lies[value]
        return base if order is None else self._turn(base, order, reader)

    def _brought(self, value: fx.Node, order: Order, reader: fx.Node) -> fx.Node:
        """A value as an operand among others that lie in this order."""
        base, own = self._lies[value]
        count = value.meta["val"].dim()
        if count == 0 or (own == order and count == len(order)):
            return base
        shape = (1,) * (len(order) - count) + shape_of(value)
        wanted = [shape[order.index(d)] for d in range(len(order))]
        if sum(size != 1 for size in shape) <= 1 and all(isinstance(s, int) for s in value.meta["val"].shape):
            return self._as_vector(base, wanted, reader)
        if count == len(order):
            back = _inverse(order)
            turn = back if own is None else tuple(own[d] for d in back)
            return base if turn == tuple(range(count)) else self._turn(base, turn, reader)
        with self._graph.inserting_before(reader):
            made = self._graph.call_function(aten.reshape.default, (self._plain(value, reader), list(shape)))
        made.meta = {**reader.meta, "val": base.meta["val"].reshape(shape)}
        return self._turn(made, _inverse(order), reader)

    def _as_vector(self, base: fx.Node, shape: Sequence[int], reader: fx.Node) -> fx.Node:
        """Numbers along one dimension, put along another one."""
        while base.target in _RESHAPES and isinstance(base.args[0], fx.Node):
            base = base.args[0]
        if shape_of(base) == tuple(shape):
            return base
        with self._graph.inserting_before(reader):
            made = self._graph.call_function(aten.reshape.default, (base, list(shape)))
        made.meta = {**reader.meta, "val": base.meta["val"].reshape(shape)}
        return made

    def _turn(self, base: fx.Node, order: Order, reader: fx.Node) -> fx.Node:
        """The turned value; a turn of a turn is one turn, or none."""
        if base in self._turned_from:
            base, before = self._turned_from[base]
            order = tuple(before[d] for d in order)
            if order == tuple(range(len(order))):
                return base
        key = (base, order)
        if key not in self._turned:
            made = self._made_turn(base, order, reader)
            self._turned[key], self._turned_from[made] = made, key
        return self._turned[key]

    def _made_turn(self, base: fx.Node, order: Order, reader: fx.Node) -> fx.Node:
        with self._graph.inserting_after(base):
            made = self._graph.call_function(aten.permute.default, (base, list(order)))
        made.meta = {**reader.meta, "val": base.meta["val"].permute(order)}
        return made


def _inverse(order: Order) -> Order:
    return tuple(order.index(d) for d in range(len(order)))


def _keeps_order(shape: Sequence[int], order: Order) -> bool:
    """Whether a turn leaves the elements in the order in which they are read."""
    long = [d for d in order if shape[d] != 1]
    return long == sorted(long)


def _is_tensor(node: fx.Node) -> bool:
    return isinstance(node.meta.get("val"), Tensor)


def _is_pointwise(node: fx.Node) -> bool:
    if not _is_tensor(node) or node.target in (aten.batch_norm.default, aten.channel_shuffle.default):
        return False
    return torch.Tag.pointwise in getattr(node.target, "tags", ()) or node.target in POINTWISE


def _set_argument(node: fx.Node, place: int, name: str, value: Any) -> None:
    if len(node.args) > place:
        node.args = (*node.args[:place], value, *node.args[place + 1 :])
    else:
        node.kwargs = {**node.kwargs, name: value}
