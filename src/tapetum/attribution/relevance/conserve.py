"""Layer-wise relevance propagation through every operation, each by what it does."""

from functools import cache

import torch
from torch import Tensor, fx

from tapetum.attribution.baselines import baseline_of
from tapetum.attribution.relevance import operations as op
from tapetum.attribution.relevance.composites import Composite
from tapetum.attribution.relevance.linear import Bounds, linear, padded, with_padding
from tapetum.attribution.relevance.rules import STABILISER, quotient
from tapetum.attribution.relevance.values import Values
from tapetum.attribution.relevance.walk import Way, Ways, depending
from tapetum.network import Inputs, Network
from tapetum.network.functional import aten, is_view
from tapetum.network.program import part


def conserving(network: Network, chosen: Composite) -> Ways:
    """The ways of relevance propagation: linear layers by the composite, all others by what they do."""
    graph = network.folded.graph
    live = depending(graph, next(iter(graph.nodes)))
    first = _first(graph, live)

    def ways(node: fx.Node) -> Way | None:
        kind = op.operation(node)
        if kind in op.CONVOLUTIONS | op.PRODUCTS | op.NORMS:
            return _linear(network, node, chosen, live, first=node in first)
        if kind in op.ACTIVATIONS:
            return op.elementwise(lambda received: received, node)
        if kind in op.SUMS:
            return _sum(node, live)
        if kind in op.MULTIPLICATIONS:
            return _signal(node, live)
        if kind in op.AVERAGES:
            return _average(node)
        if kind in op.MAXIMA:
            return op.winner(node)
        if kind in op.UNCHANGED:
            return op.elementwise(lambda received: received, node)
        return op.moved(node)

    return ways


def _first(graph: fx.Graph, live: set[fx.Node]) -> set[fx.Node]:
    """The linear layers that no other one comes before."""
    layers = op.CONVOLUTIONS | op.PRODUCTS
    behind: set[fx.Node] = set()
    found = set()
    for node in graph.nodes:
        if any(source in behind for source in node.all_input_nodes):
            behind.add(node)
        elif node in live and node.target in layers:
            found.add(node)
            behind.add(node)
    return found


def _linear(
    network: Network, node: fx.Node, chosen: Composite, live: set[fx.Node], *, first: bool
) -> Way | None:
    if op.is_mixed(node, live):
        return None
    source, widths = padded(node)
    convolution = node.target in op.CONVOLUTIONS
    rule = chosen.norm if node.target in op.NORMS else chosen.rule(convolution=convolution, first=first)
    bounds = _bounds(network, source) if first else None

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        layer = with_padding(linear(values, node, bounds), widths)
        return (rule(layer, values[source], received),)

    return Way((source,), back, reads=(source,))


def _bounds(network: Network, source: fx.Node) -> Bounds:
    """The least and largest values at the input of a first layer, from a black and a white picture."""

    @cache
    def bounds() -> tuple[Tensor, Tensor]:
        twin = network.folded
        picture = next(iter(twin.graph.nodes))
        weight = next(iter(twin.weights.values()))
        like = Inputs(torch.zeros(1, *network.input_shape, dtype=weight.dtype, device=weight.device))
        plain = torch.cat([baseline_of(network, like, level) for level in (0.0, 1.0)])
        if source is not picture:
            (plain,) = part(twin.graph, twin.weights, [picture.name], [source.name])(plain)
        return plain.amin(0, keepdim=True), plain.amax(0, keepdim=True)

    return bounds


def _sum(node: fx.Node, live: set[fx.Node]) -> Way:
    """Each term gets its part of the sum; what a constant adds is taken from the relevance, as by a bias."""
    terms = node.args[:2]
    sources = tuple(term for term in terms if isinstance(term, fx.Node) and term in live)
    factor = op.factor(node)

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        one, other = values.of(terms[0]), values.of(terms[1])
        weighted = other if factor == 1 else factor * other
        share = quotient(received, one + weighted, STABILISER)
        parts = zip(terms, (one, weighted), strict=True)
        return tuple(op.like(value, value * share) for term, value in parts if term in sources)

    return Way(sources, back, reads=sources)


def _average(node: fx.Node) -> Way:
    """Each value gets its part of the mean."""
    source = op.source_of(node)

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            leaf = values[source].detach().requires_grad_()
            mean = values.call(node, {source: leaf})
            share = quotient(received, mean.detach().clone(), STABILISER)
            (found,) = torch.autograd.grad(mean, leaf, share)
        return (found * leaf.detach(),)

    return Way((source,), back, reads=(source,))


def _signal(node: fx.Node, live: set[fx.Node]) -> Way | None:
    """A signal times a gate or a constant gets all the relevance; two signals have no rule."""
    terms = [term for term in node.args[:2] if isinstance(term, fx.Node) and term in live]
    if node.target is aten.div.Tensor and (len(terms) != 1 or terms[0] is not node.args[0]):
        return None
    if len(terms) == 2:
        terms = [term for term in terms if not _is_gate(term, live)]
    if len(terms) != 1:
        return None
    (signal,) = terms

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        return (received.sum_to_size(values.shape(signal)),)

    return Way((signal,), back)


def _is_gate(node: fx.Node, live: set[fx.Node]) -> bool:
    """Whether a value comes from an activation that opens or closes, also where it was scaled or reshaped."""
    while node.op == "call_function" and node.target not in op.GATES:
        sources = [source for source in node.all_input_nodes if source in live]
        if len(sources) != 1 or not (is_view(node) or node.target in op.MULTIPLICATIONS):
            return False
        node = sources[0]
    return node.target in op.GATES
