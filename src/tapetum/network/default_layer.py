"""The layer that a heatmap is drawn at where nobody names one."""

from collections.abc import Mapping, Sequence

from torch import fx

from tapetum.network.functional import aten
from tapetum.network.layers import Layer, leading_to_output
from tapetum.network.tokens import SHAPE_ONLY, Places, acts_per_place, reads_no_place


def default_layer(graph: fx.Graph, layers: Sequence[Layer]) -> Layer | None:
    """The last layer with positions before they are pooled or flattened, found from the graph.

    It is called by the name of the outermost module whose output it is. A pooling to a fixed grid, as in VGG
    before its linear layers, counts as pooling, and padding as no layer.

    In a transformer that reads its verdict from a class token, the positions after the last attention reach
    the verdict no more, and their gradient is zero: there it is the last layer whose positions some
    attention still mixes into the verdict. Projections into queries, keys and values are no layer to be
    drawn; what they project is, normally the norm before the last attention (`blocks.11.norm1`).

    None where the network never has positions, or mixes them by attention after they cannot be followed any
    more: at most one attention, which gathers them, may come after the layer.
    """
    spatial: dict[str, Layer] = {}
    for layer in layers:
        if layer.spatial and not _hides(layer):
            spatial.setdefault(layer.node, layer)
    nodes = list(graph.nodes)
    reaching = _reaching(graph, {layer.node: layer.places for layer in layers if layer.places is not None})
    last = next((n for n in reversed(nodes) if n.name in spatial and n in reaching), None)
    if last is None or sum(map(_is_attention, nodes[nodes.index(last) + 1 :])) > 1:
        return None
    return spatial[last.name]


_NOT_EXPLAINED = {"adaptive_avg_pool2d", "pad", "constant_pad_nd"}
_PROJECTING = {"linear"} | {str(target).split(".")[1] for target in SHAPE_ONLY if "." in str(target)}
"""In tokens: what computes nothing, and what only prepares an attention or ends a sum."""


def _hides(layer: Layer) -> bool:
    """Whether a layer has positions but is no good place to look at them."""
    assert layer.places is not None
    return layer.kind in _NOT_EXPLAINED or (layer.places.dims != (2, 3) and layer.kind in _PROJECTING)


def _reaching(graph: fx.Graph, places: Mapping[str, Places]) -> set[fx.Node]:
    """The nodes whose positions reach the verdict, or all of whose values do where they have none."""
    needed = leading_to_output(graph)
    found: set[fx.Node] = set()
    for node in reversed(list(graph.nodes)):
        own = places.get(node.name)
        for user in node.users if node in needed else ():
            if user not in needed and user.op != "output":
                continue
            if own is not None and reads_no_place(user, own):
                continue
            stays = own is not None and user.name in places and acts_per_place(user, own)
            if user in found or not stays:
                found.add(node)
    return found


def _is_attention(node: fx.Node) -> bool:
    """Whether positions are mixed by weights that are themselves computed from the picture."""
    if node.target is aten.scaled_dot_product_attention.default:
        return True
    products = (aten.matmul.default, aten.bmm.default)
    if node.target not in products or any(source.op == "placeholder" for source in node.all_input_nodes):
        return False
    return any(_is_softmax(source) for source in node.all_input_nodes)


def _is_softmax(node: fx.Node) -> bool:
    """Whether a value is a softmax, looking through what only changes its shape or size."""
    while node.target in SHAPE_ONLY or node.target in (aten.mul.Tensor, aten.div.Tensor, aten.to.dtype):
        source = node.args[0]
        if not isinstance(source, fx.Node):
            return False
        node = source
    return node.target in (aten.softmax.int, aten._softmax.default)
