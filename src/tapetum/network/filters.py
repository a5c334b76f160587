"""The filters of a convolution, as the model holds them and as they act with the batch-norm after them."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, fx

from tapetum.network.fold import Twin, foldable
from tapetum.network.functional import argument, aten
from tapetum.network.program import part
from tapetum.network.weights import Weights

_TARGETS = (aten.conv2d.default, aten.conv2d.padding, aten.convolution.default)


@dataclass(frozen=True, eq=False)
class Filters:
    """The filters of one convolution over rows and columns.

    `weight` is what the model holds; `acting` is the same after the batch-norm behind it was folded in, where
    there is one. Filters of one of the `groups` read the same input channels.
    """

    weight: Float[Tensor, "filter channel rows columns"]
    acting: Float[Tensor, "filter channel rows columns"]
    groups: int


def filters(graph: fx.Graph, weights: Weights, twin: Twin, name: str) -> Filters | None:
    """The filters of the convolution with this name; None where the name is no such convolution's."""
    node = _named(graph, name)
    if node.target not in _TARGETS or node.meta["val"].dim() != 4 or _transposed(node):
        return None
    groups = argument(node, 8 if node.target is aten.convolution.default else 6, "groups", 1)
    folded = {found.into: found.norm for found in foldable(graph)}.get(name, name)
    return Filters(
        _weight(graph, weights, node), _weight(twin.graph, twin.weights, _named(twin.graph, folded)), groups
    )


def _transposed(node: fx.Node) -> bool:
    return node.target is aten.convolution.default and bool(node.args[6])


def _named(graph: fx.Graph, name: str) -> fx.Node:
    found: fx.Node = next(node for node in graph.nodes if node.name == name)
    return found


def _weight(graph: fx.Graph, weights: Weights | dict[str, Tensor], node: fx.Node) -> Tensor:
    """The weight that a convolution reads, also where the graph computes it from others."""
    source = node.args[1]
    assert isinstance(source, fx.Node)
    (value,) = part(graph, weights, [], [source.name])()
    found: Tensor = value.detach().float().cpu()
    return found.clone()
