"""The steps of a picture through a network that are worth looking at, from its layers alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tapetum.errors import LayerError
from tapetum.network import COMPUTES_NOTHING, Layer, Network, opening, operation_words

_POOLS = {"max_pool2d", "avg_pool2d"}


@dataclass(frozen=True)
class Step:
    """One layer to look at, what people call it, and whether its values are the class scores."""

    title: str
    layer: Layer
    verdict: bool = False


def steps(network: Network) -> tuple[Step, ...]:
    """The way of a picture, step by step.

    The first convolution and what follows it up to the second one, each operation by itself; every pooling
    that makes the maps smaller; the output of every stage; and the vectors behind the last maps.
    """
    order = _order(network)
    stages = {
        found.layer.node: Step(found.title, found.layer)
        for found in network.stages
        if not found.layer.kind.startswith("adaptive")
    }
    known = max((order[node] for node in stages), default=-1)
    later = [layer for layer in network.layers if order[layer.node] > known]
    stages |= {layer.node: Step(layer.name, layer) for layer in _blocks(later)}
    leaves = [layer for layer in network.layers if not layer.container]
    last = max((order[node] for node in stages), default=-1)
    vectors = [
        layer
        for layer in leaves
        if order[layer.node] > last and not layer.spatial and layer.kind not in COMPUTES_NOTHING
    ]
    single = [*opening(leaves), *_shrinking(leaves), *vectors]
    end = _verdict(network)
    found = {layer.node: _step(layer, end) for layer in single}
    return tuple(sorted((stages | found).values(), key=lambda step: order[step.layer.node]))


def chosen_steps(network: Network, layer: str | Sequence[str] | None) -> tuple[Step, ...]:
    """The steps through the layers with these names, in the order of execution.

    "all" means every layer that computes something, and None the steps of `steps`.

    Raises:
        LayerError: an unknown layer, or one without one value per channel.
    """
    if layer is None:
        return steps(network)
    order = _order(network)
    if layer == "all":
        every = [one for one in network.layers if not one.container and one.kind not in COMPUTES_NOTHING]
        end = _verdict(network)
        return tuple(_step(one, end) for one in _by_node(every) if _has_channels(one))
    wanted = network.chosen_layers(layer)
    for one in wanted:
        check_channels(one)
    called = {found.layer.name: found.title for found in network.stages}
    in_order = sorted(wanted, key=lambda one: order[one.node])
    end = _verdict(network)
    return tuple(_step(one, end, called.get(one.name)) for one in in_order)


def _step(layer: Layer, end: str | None, title: str | None = None) -> Step:
    """A layer by its operation, or its module where it holds several; the last one by what it tells."""
    if layer.node == end:
        return Step("class scores", layer, verdict=True)
    operation = operation_words(layer.kind)
    return Step(title or (layer.module if layer.container else operation), layer)


def _verdict(network: Network) -> str | None:
    """The last value that is computed; what follows it only changes its shape."""
    computing = [one.node for one in network.layers if one.kind not in COMPUTES_NOTHING]
    order = _order(network)
    return max(computing, key=lambda node: order[node], default=None)


def check_channels(layer: Layer) -> None:
    """Refuse a layer whose values are not channels at positions of the picture, nor one value per channel.

    Raises:
        LayerError: such a layer.
    """
    if not _has_channels(layer):
        shape = "×".join(map(str, layer.shape)) or "no dimension"
        raise LayerError(
            f"The layer {layer.name!r} has {shape}, and which of them are channels and positions cannot be "
            "told from the graph. Name the module around it, or another layer; `tapetum layers` lists all."
        )


def _has_channels(layer: Layer) -> bool:
    return layer.places is not None or len(layer.shape) == 1 or layer.shape[1:] == (1, 1)


def _order(network: Network) -> dict[str, int]:
    """When each value is computed: the last layer in the table that hands it on is the operation itself."""
    return {layer.node: place for place, layer in enumerate(network.layers)}


def _by_node(layers: Sequence[Layer]) -> list[Layer]:
    found: dict[str, Layer] = {}
    for layer in layers:
        found.setdefault(layer.node, layer)
    return list(found.values())


def _shrinking(leaves: Sequence[Layer]) -> list[Layer]:
    """Poolings over windows that make the maps smaller."""
    found, rows = [], 0
    for layer in leaves:
        if not layer.spatial or layer.places is None:
            continue
        if layer.kind in _POOLS and layer.places.rows < rows:
            found.append(layer)
        rows = layer.places.rows
    return found


def _blocks(layers: Sequence[Layer]) -> list[Layer]:
    """The repeated blocks of a transformer, whose positions are tokens: the outermost that occur often."""
    containers = [layer for layer in layers if layer.container and layer.spatial and layer.stride is None]
    counts = Counter(layer.module for layer in containers)
    repeated = [layer for layer in containers if counts[layer.module] >= 3]
    if not repeated:
        return []
    outermost = min(repeated, key=lambda layer: layer.name.count("."))
    return [layer for layer in repeated if layer.module == outermost.module]
