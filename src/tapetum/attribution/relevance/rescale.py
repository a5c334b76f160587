"""DeepLIFT's rescale rule through every operation: multipliers, as differences from a reference have them."""

import torch
from torch import Tensor, fx

from tapetum.attribution.relevance import operations as op
from tapetum.attribution.relevance.linear import linear
from tapetum.attribution.relevance.values import Values
from tapetum.attribution.relevance.walk import Way, Ways, depending
from tapetum.network import Network
from tapetum.network.functional import aten


def rescaling(network: Network) -> Ways:
    """The ways of DeepLIFT: a multiplier times the difference of a value is what the value contributes."""
    graph = network.folded.graph
    live = depending(graph, next(iter(graph.nodes)))

    def ways(node: fx.Node) -> Way | None:
        kind = op.operation(node)
        if kind in op.CONVOLUTIONS | op.PRODUCTS | op.NORMS:
            return None if op.is_mixed(node, live) else _linear(node)
        if kind in op.ACTIVATIONS:
            return _activation(node)
        if kind in op.SUMS:
            return _sum(node, live)
        if kind in op.MULTIPLICATIONS:
            return _product(node, live)
        if kind in _POOLINGS:
            return _maximum(node)
        if kind in op.AVERAGES | op.UNCHANGED:
            return _gradient(node, (op.source_of(node),))
        return op.moved(node)

    return ways


_POOLINGS = {
    aten.max_pool2d.default: aten.max_pool2d_with_indices.default,
    aten.max_pool2d_with_indices.default: aten.max_pool2d_with_indices.default,
    aten.adaptive_max_pool2d.default: aten.adaptive_max_pool2d.default,
}
"""The form of each max pooling that also tells which value won."""


def _gradient(node: fx.Node, sources: tuple[fx.Node, ...]) -> Way:
    """In linear operations multipliers are gradients."""
    return Way(sources, lambda values, received: values.pull_linear(node, sources, received))


def _linear(node: fx.Node) -> Way:
    source = op.source_of(node)

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        layer = linear(values, node, None)
        like = received.new_empty(values.shape(source))
        if received.is_contiguous(memory_format=torch.channels_last) and like.dim() == 4:
            like = like.contiguous(memory_format=torch.channels_last)
        return (layer.back(received, layer.weight, like),)

    return Way((source,), back)


def _activation(node: fx.Node) -> Way:
    """Δf / Δx; where both values agree within rounding, the derivative."""
    source = op.source_of(node)

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        x, reference = values[source], values.reference[source]
        difference = x - reference
        change = values.call(node, {source: x}) - values.reference.call(node, {source: reference})
        ratio = change.div_(difference)
        near = difference.abs_() <= _ROUNDING * torch.finfo(x.dtype).eps * (1 + x.abs())
        if bool(near.any()):
            (slope,) = values.pull(node, (source,), [x], torch.ones_like(x))
            ratio = torch.where(near, slope, ratio)
        return (ratio.mul_(received),)

    return Way((source,), back, reads=(source,))


_ROUNDING = 8


def _sum(node: fx.Node, live: set[fx.Node]) -> Way:
    terms = [(node.args[0], 1.0), (node.args[1], op.factor(node))]
    kept = [(term, factor) for term, factor in terms if isinstance(term, fx.Node) and term in live]

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        return tuple(
            (received if factor == 1 else factor * received).sum_to_size(values.shape(term))
            for term, factor in kept
        )

    return Way(tuple(term for term, _ in kept), back)


def _product(node: fx.Node, live: set[fx.Node]) -> Way | None:
    """Δ(ab) = Δa · (b + b₀)/2 + Δb · (a + a₀)/2: exact, and the same for both factors."""
    terms = tuple(term for term in node.args[:2] if isinstance(term, fx.Node) and term in live)
    if len(terms) == 1 and (node.target is aten.mul.Tensor or terms[0] is node.args[0]):
        return _gradient(node, terms)
    if len(terms) != 2 or node.target is not aten.mul.Tensor:
        return None

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        means = [(values[term] + values.reference[term]) / 2 for term in terms]
        return tuple(
            (received * other).sum_to_size(values.shape(term))
            for term, other in zip(terms, reversed(means), strict=True)
        )

    return Way(terms, back, reads=terms)


def _maximum(node: fx.Node) -> Way:
    """What the maximum gained belongs to the picture's largest value, what it lost to the reference's."""
    source = op.source_of(node)
    pooling = _POOLINGS[op.operation(node)]
    call = node if op.operation(node) is node.target else node.args[0]
    assert isinstance(call, fx.Node)

    def back(values: Values, received: Tensor) -> tuple[Tensor, ...]:
        x = values[source].contiguous()
        reference = values.reference[source].contiguous()
        highest, places = pooling(x, *call.args[1:], **call.kwargs)
        before, old_places = pooling(reference, *call.args[1:], **call.kwargs)
        places = torch.where(highest >= before, places, old_places).flatten(2)
        change = (highest - before).flatten(2)
        flat, base = x.flatten(2), reference.expand_as(x).flatten(2)
        ratio = change / (flat.gather(2, places) - base.gather(2, places))
        ratio = torch.where(change == 0, 0.0, ratio)
        shares = torch.zeros_like(flat).scatter_add_(2, places, received.flatten(2) * ratio)
        return (shares.view_as(x),)

    return Way((source,), back, reads=(source,))
