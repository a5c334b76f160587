"""The ledger of one picture: the network's own values, and how each element of them was computed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import SymInt, Tensor, fx

from tapetum.errors import LayerError, NonFiniteError
from tapetum.network.arithmetic.layout import PIECES, origin
from tapetum.network.arithmetic.rules import ARITHMETIC
from tapetum.network.arithmetic.terms import Reading, Sum, Terms, element, is_tensor
from tapetum.network.arithmetic.units import PICTURE, Located, index_of, located
from tapetum.network.layers import Layer, operation_name
from tapetum.results import Arithmetic, Part, Unit

Values = Callable[[Sequence[str]], Mapping[str, Tensor]]


class Ledger:
    """One picture's values in the graph as the author wrote it, read when they are asked for.

    `network.ledger(inputs)` makes one. `facts` are the network's name and fingerprint and the picture's name.
    """

    def __init__(
        self,
        graph: fx.Graph,
        layers: Sequence[Layer],
        *,
        weights: Any,
        picture: Tensor,
        values: Values,
        facts: tuple[str, str, str],
    ) -> None:
        self._graph, self._weights, self._values, self._facts = graph, weights, values, facts
        self._nodes = {node.name: node for node in graph.nodes}
        self._input: fx.Node = next(iter(graph.nodes))
        self._known: dict[fx.Node, Tensor] = {self._input: picture}
        self._layers: dict[str, Layer] = {}
        for layer in layers:
            self._layers.setdefault(layer.node, layer)
        self._seen = {self._input}
        for node in graph.nodes:
            # A size depends on how many pictures there are, never on what they show.
            if not _is_size(node) and any(source in self._seen for source in node.all_input_nodes):
                self._seen.add(node)

    def read_all(self) -> None:
        """Compute every value in one pass, for whoever will ask for many."""
        self._fetch([node for node in self._seen if is_tensor(node)])

    def value(self, layer: Layer, unit: Unit) -> float:
        """What the network computed for a unit of this layer."""
        value = self._value(self._nodes[layer.node])
        return element(value, index_of(layer, value.shape, unit.channel, unit.row, unit.column))

    def arithmetic(self, layer: Layer, unit: Unit) -> Arithmetic:
        """How a unit of this layer is computed.

        Raises:
            LayerError: an operation without a rule, or a unit that the layer does not have.
            NonFiniteError: NaN or infinity among the terms.
        """
        node = self._nodes[layer.node]
        rule = ARITHMETIC.get(node.target)
        if rule is None:
            raise LayerError(
                f"The layer {layer.name!r} is the operation {operation_name(node)!r}, whose arithmetic is "
                f"not written out here. The nearest layers that are: {', '.join(self._nearest(node))}."
            )
        self._fetch([node, *(source for source in self._sources(node) if is_tensor(source))])
        at = index_of(layer, self._value(node).shape, unit.channel, unit.row, unit.column)
        value = element(self._value(node), at)
        if node not in self._seen:
            found = Sum("a weight, whatever the picture", [], value, {"weight": value})
            return self._card(layer, unit, node, found, value)
        with np.errstate(all="ignore"):  # what is not finite is told by name
            found = rule(Reading(node, self._value, self._seen.__contains__), at)
            return self._card(layer, unit, node, found, value)

    def has_rule(self, layer: Layer) -> bool:
        """Whether the layer's arithmetic can be written out."""
        return self._nodes[layer.node].target in ARITHMETIC

    def before(self, card: Arithmetic) -> tuple[Layer, Unit] | None:
        """Where to go on from a card of one or two values: the stronger one. None from sums of more."""
        if len(card.parts) not in (1, 2) or any(part.values.size != 1 for part in card.parts):
            return None
        unit = card.parts[0].unit(0, 0)
        layer = next((one for one in self._layers.values() if one.name == unit.layer), None)
        if layer is None or (unit.row or 0) < 0:
            return None
        return layer, unit

    def _card(self, layer: Layer, unit: Unit, node: fx.Node, found: Sum, value: float) -> Arithmetic:
        parts = sorted(
            (part for terms in found.terms for part in self._parts(terms)),
            key=lambda part: -abs(part.subtotal),
        )
        finite = all(np.isfinite(part.products).all() and np.isfinite(part.values).all() for part in parts)
        if not (finite and np.isfinite(found.total) and np.isfinite(value)):
            raise NonFiniteError(
                f"The terms of {unit} hold NaN or infinity. "
                "The network divides by zero or overflows on this picture: check its weights."
            )
        name, fingerprint, picture = self._facts
        return Arithmetic(
            network=name,
            fingerprint=fingerprint,
            picture=picture,
            unit=Unit(layer.name, unit.channel, unit.row, unit.column),
            operation=operation_name(node),
            formula=found.formula,
            parts=tuple(parts),
            constants=dict(found.constants),
            total=found.total,
            value=value,
            facts=dict(found.facts),
            function=found.function,
        )

    def _parts(self, terms: Terms) -> list[Part]:
        """Terms gathered by the channel that they come from, each channel's as a grid where they are one."""
        if not len(terms.index):
            return []
        node, index = self._named(terms.node, terms.index)
        layer = self._layers.get(node.name)
        shape = self._value(node).shape
        channel, rows, columns = located(layer, shape, index)
        order = np.arange(len(channel)) if rows is None else np.lexsort((columns, rows, channel))
        outside = ((index < 0) | (index >= np.array(shape))).any(1)
        cuts = order[1:] if rows is None else np.flatnonzero(np.diff(channel[order])) + 1
        name = PICTURE if layer is None else layer.name
        parts = []
        for group in np.split(order, cuts):
            grid = _grid((channel, rows, columns), group)
            for members, down, across in grid:
                size = (max(1, len(down)), max(1, len(across)))
                parts.append(
                    Part(
                        layer=name,
                        channel=int(channel[members[0]]),
                        rows=down,
                        columns=across,
                        values=terms.values[members].reshape(size),
                        factors=None if terms.factors is None else terms.factors[members].reshape(size),
                        products=terms.products[members].reshape(size),
                        padding=outside[members].reshape(size),
                        factor_of=self._factor(terms, int(members[0])),
                    )
                )
        return parts

    def _factor(self, terms: Terms, member: int) -> Unit | None:
        if terms.factor_node is None or terms.factor_index is None:
            return None
        place = member if len(terms.factor_index) > 1 else 0
        node, index = self._named(terms.factor_node, terms.factor_index[place : place + 1])
        layer = self._layers.get(node.name)
        channel, rows, columns = located(layer, self._value(node).shape, index)
        position = (None, None) if rows is None or columns is None else (int(rows[0]), int(columns[0]))
        return Unit(PICTURE if layer is None else layer.name, int(channel[0]), *position)

    def _named(self, node: fx.Node, index: np.ndarray) -> tuple[fx.Node, np.ndarray]:
        """A value that people can name, and the same elements in it: pieces belong to what was cut."""
        while node.name not in self._layers and node is not self._input:
            if not (isinstance(node.args[0], fx.Node) and node.args[0].target in PIECES):
                break
            node, index = origin(Reading(node, self._value, self._seen.__contains__), index)
        return node, index

    def _sources(self, node: fx.Node) -> list[fx.Node]:
        """What a node reads, looking through pieces and pairs."""
        found = []
        for source in node.all_input_nodes:
            found += [source] if is_tensor(source) else self._sources(source)
        return found

    def _value(self, node: fx.Node) -> Tensor:
        if node not in self._known:
            self._fetch([node])
        return self._known[node]

    def _fetch(self, nodes: Sequence[fx.Node]) -> None:
        missing = [node for node in nodes if node not in self._known]
        held = [node for node in missing if node.op == "placeholder"]
        self._known |= {node: self._weights[node.name] for node in held}
        computed = [node.name for node in missing if node.op != "placeholder"]
        if computed:
            self._known |= {self._nodes[name]: value for name, value in self._values(computed).items()}

    def _nearest(self, node: fx.Node) -> list[str]:
        """The layers with a rule that stand closest to a node in the order of execution."""
        order = {one.name: place for place, one in enumerate(self._graph.nodes)}
        fitting = [one for one in self._layers.values() if self._nodes[one.node].target in ARITHMETIC]
        return [one.name for one in sorted(fitting, key=lambda one: abs(order[one.node] - order[node.name]))][
            :3
        ]


def _is_size(node: fx.Node) -> bool:
    return isinstance(node.meta.get("val"), int | SymInt)


_Grid = list[tuple[np.ndarray, tuple[int, ...], tuple[int, ...]]]


def _grid(where: Located, members: np.ndarray) -> _Grid:
    """The members of one channel with their rows and columns; one by one where they are no full grid."""
    _, rows, columns = where
    if rows is None or columns is None:
        return [(members, (), ())]
    down, across = np.unique(rows[members]), np.unique(columns[members])
    if len(down) * len(across) == len(members):
        return [(members, tuple(map(int, down)), tuple(map(int, across)))]
    return [(members[i : i + 1], (int(rows[m]),), (int(columns[m]),)) for i, m in enumerate(members)]
