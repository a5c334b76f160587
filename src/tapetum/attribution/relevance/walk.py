"""The way back through a graph: one relevance (or multiplier) per value, from the logits down."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.attribution.relevance.values import Values
from tapetum.errors import LayerError, MethodError
from tapetum.network import Layer, Network
from tapetum.network.functional import is_view
from tapetum.network.layers import operation_name
from tapetum.network.program import part
from tapetum.network.runtime import channels_last
from tapetum.network.surroundings import plain
from tapetum.network.sweep import forward_bytes, value_bytes


@dataclass(frozen=True, eq=False)
class Way:
    """How one operation hands back what its result got.

    `back(values, received)` gives each of `sources` its share, in order; `reads` are the values that takes.
    """

    sources: tuple[fx.Node, ...]
    back: Callable[[Values, Tensor], tuple[Tensor, ...]]
    reads: tuple[fx.Node, ...] = ()


Ways = Callable[[fx.Node], Way | None]
"""A method's way back through a node, or None where it has none."""


@dataclass(frozen=True, eq=False)
class Plan:
    """All steps from the logits back to the value `end`, the values they read, and constants of the graph.

    `each` is how many bytes one picture needs on the way.
    """

    picture: fx.Node
    output: fx.Node
    end: fx.Node
    steps: tuple[tuple[fx.Node, Way], ...]
    reads: tuple[str, ...]
    constants: Mapping[str, Any]
    each: int


def found_at(network: Network, method: str, layer: str | None) -> Layer | None:
    """The layer whose relevance is asked for; None stands for the picture itself.

    Raises:
        LayerError: an unknown layer, one without rows and columns, or one that batch-norm was merged into.
    """
    if layer is None:
        return None
    chosen = network.layer(layer)
    names = {node.name for node in network.folded.graph.nodes}
    fitting = [stage.layer.name for stage in network.stages if stage.layer.node in names]
    if not chosen.spatial:
        problem = f"has shape {chosen.shape}, without rows and columns to draw"
    elif chosen.node not in names:
        problem = f"is one with the batch-norm after it for {method}"
    else:
        return chosen
    raise LayerError(
        f"The layer {chosen.name!r} {problem}. Choose one of: {', '.join(fitting) or 'none here'}."
    )


def plan(network: Network, method: str, ways: Ways, layer: Layer | None, *, at_end: bool = False) -> Plan:
    """The steps from the logits back to a layer, or to the picture; `at_end` reads the value there, too.

    Raises:
        MethodError: an operation on the way that this method has no rule for.
        LayerError: no relevance comes to the layer.
    """
    twin = network.folded
    nodes = {node.name: node for node in twin.graph.nodes}
    picture = next(iter(twin.graph.nodes))
    end = picture if layer is None else nodes[layer.node]
    output = nodes[network.output]
    after, live = depending(twin.graph, end), depending(twin.graph, picture)
    reached, steps = {output}, []
    for node in reversed(list(twin.graph.nodes)):
        if node not in reached or node not in after or node is end:
            continue
        way = ways(node)
        if way is None:
            raise MethodError(_unknown(network, method, node))
        steps.append((node, way))
        reached.update(way.sources)
    if end not in reached:
        name = layer.name if layer is not None else "the picture"
        raise LayerError(
            f"{method} brings no relevance to {name!r}: it only gates other values, or the verdict does not "
            "depend on it. Choose a layer that signals pass through."
        )
    still = {n.name for node, _ in steps for n in _known(node) if n not in live}
    with plain(), torch.no_grad():
        known = part(twin.graph, twin.weights, [], list(still))() if still else ()
    fixed = dict(zip(still, known, strict=True))
    reads = dict.fromkeys(read for _, way in steps for read in way.reads)
    moving = [read for read in (reads | {end: None} if at_end else reads) if read is not picture]
    held = sum(value_bytes(read) for read in moving if not is_view(read))
    each = held + forward_bytes(twin.graph) + 6 * max(map(value_bytes, after))
    names = tuple(read.name for read in moving)
    return Plan(picture, output, end, tuple(steps), names, {**twin.weights, **fixed}, each)


def values_of(
    planned: Plan,
    found: dict[str, Any],
    batch: Tensor,
    network: Network,
    reference: Values | None = None,
) -> Values:
    """The values that the walk reads, taken out of those that a pass through the network found.

    They are taken, not copied, so that the walk can let each of them go.
    """
    kept = {name: found.pop(name) for name in planned.reads} | {planned.picture.name: channels_last(batch)}
    return Values(kept, planned.constants, len(batch), network.pinned, reference)


def walk(planned: Plan, values: Values, start: Tensor) -> Tensor:
    """What comes to `planned.end` when the logits get `start`; values are let go when nobody needs them."""
    received = {planned.output: start}
    for node, way in planned.steps:
        if node not in received:
            continue
        shares = way.back(values, received.pop(node))
        values.drop(node)
        for source, share in zip(way.sources, shares, strict=True):
            received[source] = received[source] + share if source in received else share
    return received[planned.end]


def _known(node: fx.Node) -> set[fx.Node]:
    """The tensors that an operation reads, weights apart; for a piece of a tuple, those behind the tuple."""
    sources = node.all_input_nodes
    if node.target is operator.getitem:
        return {n for source in sources for n in _known(source)}
    return {n for n in sources if n.op != "placeholder" and isinstance(n.meta.get("val"), Tensor)}


def depending(graph: fx.Graph, first: fx.Node) -> set[fx.Node]:
    """A node, and all whose value depends on its own."""
    found = {first}
    for node in graph.nodes:
        if any(source in found for source in node.all_input_nodes):
            found.add(node)
    return found


def _unknown(network: Network, method: str, node: fx.Node) -> str:
    names = [layer.name for layer in network.layers if layer.node == node.name]
    place = f" (layer {names[0]!r})" if names else ""
    return (
        f"{method} has no rule for the operation {operation_name(node)} at {node.name!r}{place}. "
        "Use a method that needs no rules: saliency, gradcam, integrated-gradients or occlusion."
    )
