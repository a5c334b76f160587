"""The filters of a convolution, as the model holds them and as they act with the batch-norm after them."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, fx

from tapetum.network.arithmetic.activation import FORMULAS
from tapetum.network.fold import Twin, foldable
from tapetum.network.functional import argument, aten
from tapetum.network.program import part
from tapetum.network.weights import Weights

_ON_THE_WAY = (aten.pad.default, aten.constant_pad_nd.default, aten.flip.default)
_TARGETS = (aten.conv2d.default, aten.conv2d.padding, aten.convolution.default)


@dataclass(frozen=True, eq=False)
class Filters:
    """The filters of one convolution over rows and columns.

    `weight` is what the model holds; `acting` is the same after the batch-norm behind it was folded in, where
    there is one. Filters of one of the `groups` read the same input channels. `reads_picture` where these are
    red, green and blue: for a network that reads them the other way round, they are put in this order here.
    """

    weight: Float[Tensor, "filter channel rows columns"]
    acting: Float[Tensor, "filter channel rows columns"]
    groups: int
    reads_picture: bool


def filters(graph: fx.Graph, weights: Weights, twin: Twin, name: str) -> Filters | None:
    """The filters of the convolution with this name; None where the name is no such convolution's.

    A module that computes a convolution and its activation stands for the convolution.
    """
    node = _convolution(_named(graph, name))
    if node.target not in _TARGETS or node.meta["val"].dim() != 4 or _transposed(node):
        return None
    groups = argument(node, 8 if node.target is aten.convolution.default else 6, "groups", 1)
    folded = {found.into: found.norm for found in foldable(graph)}.get(node.name, node.name)
    weight = _weight(graph, weights, node)
    acting = _weight(twin.graph, twin.weights, _named(twin.graph, folded))
    reads_picture, reverse = _reads_picture(node)
    if reverse:
        weight, acting = weight.flip(1), acting.flip(1)
    return Filters(weight, acting, groups, reads_picture)


def convolved(graph: fx.Graph, name: str) -> str:
    """The convolution that a value is made of through batch-norms and activations; else the value itself."""
    node = _named(graph, name)
    while node.target in FORMULAS or node.target is aten.batch_norm.default:
        source = node.args[0]
        if not isinstance(source, fx.Node):
            return name
        node = source
    return node.name if node.target in _TARGETS else name


def _convolution(node: fx.Node) -> fx.Node:
    """The convolution before a value in the same call of a module; any other value itself."""
    before, call = node, _call(node)
    while before.target not in _TARGETS:
        source = before.args[0] if before.args else None
        if call is None or not isinstance(source, fx.Node) or _call(source) != call:
            return node
        before = source
    return before


def _call(node: fx.Node) -> str | None:
    stack: dict[str, object] = node.meta.get("nn_module_stack") or {}
    return list(stack)[-1] if node.op == "call_function" and len(stack) > 1 else None


def _reads_picture(node: fx.Node) -> tuple[bool, bool]:
    """Whether a convolution reads the picture's own channels, and whether in reverse order."""
    source, reverse = node.args[0], False
    while isinstance(source, fx.Node) and source.target in _ON_THE_WAY:
        reverse ^= source.target is aten.flip.default and list(source.args[1]) == [1]  # type: ignore[arg-type]
        source = source.args[0]
    is_picture = isinstance(source, fx.Node) and source.op == "placeholder"
    return is_picture, is_picture and reverse


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
