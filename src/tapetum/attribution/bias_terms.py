"""What each operation of a network adds to the score beyond what is proportional to its input.

For an operation v = f(u) and the gradient g of the score with respect to v, the amount is g·v − (g·∂v/∂u)·u:
g·b for a bias b, and the distance of an activation from its tangent through zero. Summed over all operations,
with gradient times picture, it is the score itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.network import Gradient, Network
from tapetum.network.functional import argument, aten, is_view
from tapetum.network.geometry import extents

_LAYERS = (aten.conv2d.default, aten.conv2d.padding, aten.convolution.default, aten.linear.default)
_PROPORTIONAL = {
    aten.relu.default,
    aten.leaky_relu.default,
    aten.max_pool2d.default,
    aten.avg_pool2d.default,
    aten.adaptive_avg_pool2d.default,
    aten.mean.dim,
    aten.sum.dim_IntList,
    aten.cat.default,
    aten.constant_pad_nd.default,
}


@dataclass(frozen=True, eq=False)
class Term:
    """One operation that adds something: its node, what it takes, and where its rows and columns are.

    `reads` are the values whose gradients are needed: the operation's result, then its inputs where the
    amount is found through its derivative. `axes` are the dimensions of rows and columns, where it has them.
    """

    node: fx.Node
    reads: tuple[str, ...]
    axes: tuple[int, int] | None


def bias_terms(network: Network) -> list[Term]:
    """Every operation of the folded network that may add something.

    Left out are those that read what is computed from weights alone: what they add shows in the residual.
    """
    graph = network.folded.graph
    seen = extents(graph, *network.input_shape[1:])
    found = []
    for node in graph.nodes:
        reads = _reads(node, seen)
        if reads is not None:
            rows, columns = seen[node.name].axes
            axes = None if rows is None or columns is None else (rows.dim, columns.dim)
            found.append(Term(node, reads, axes))
    return found


def _reads(node: fx.Node, seen: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What must be known of an operation to tell what it adds; None where it adds nothing."""
    if node.op != "call_function" or node.name not in seen or not _is_value(node):
        return None
    if node.target in _PROPORTIONAL or is_view(node):
        return None
    if node.target in _LAYERS:
        bias = argument(node, 2, "bias")
        return (node.name,) if isinstance(bias, fx.Node) and bias.op == "placeholder" else None
    sources = [source for source in node.all_input_nodes if source.name in seen]
    if node.target is aten.add.Tensor and len(sources) == 2:
        return None
    others = [source for source in node.all_input_nodes if source not in sources]
    if not all(map(_is_value, sources)) or any(other.op != "placeholder" for other in others):
        return None
    return (node.name, *(source.name for source in sources))


def _is_value(node: fx.Node) -> bool:
    value = node.meta.get("val")
    return isinstance(value, Tensor) and value.is_floating_point()


def contributions(
    network: Network, terms: list[Term], values: Mapping[str, Gradient], pictures: int
) -> Iterator[tuple[Tensor, tuple[int, int] | None]]:
    """What each term adds, of the shape of its operation's result, and where its rows and columns are.

    Where it cannot be told which place adds what, one number per picture.
    """
    weights = network.folded.weights
    for term in terms:
        result = values[term.node.name]
        if term.node.target in _LAYERS:
            bias = weights[argument(term.node, 2, "bias").name]
            last = term.node.target is aten.linear.default
            parts = result.values * (bias if last else bias[:, None, None])
        else:
            parts = _by_derivative(term, values, weights)
        has_places = term.axes is not None and parts.dim() > 2 and len(parts) == pictures
        yield (parts, term.axes) if has_places else (parts.reshape(pictures, -1).sum(1), None)


def _by_derivative(term: Term, values: Mapping[str, Gradient], weights: Mapping[str, Tensor]) -> Tensor:
    """g·v − (g·∂v/∂u)·u, place by place where all inputs have the result's shape."""
    result = values[term.node.name]
    pointwise = torch.Tag.pointwise in getattr(term.node.target, "tags", ())
    given = {
        name: values[name].at.expand(result.at.shape) if pointwise else values[name].at
        for name in dict.fromkeys(term.reads[1:])
    }
    with torch.enable_grad():
        leaves = {name: value.detach().requires_grad_() for name, value in given.items()}

        def read(node: fx.Node) -> Tensor:
            return leaves[node.name] if node.name in leaves else weights[node.name]

        arguments = fx.map_arg(term.node.args, read)
        keywords = fx.map_arg(term.node.kwargs, read)
        again = term.node.target(*arguments, **keywords)  # type: ignore[operator]
        ends = list(leaves.values())
        found = torch.autograd.grad(again, ends, result.values, allow_unused=True, materialize_grads=True)
    taken = [slope * leaf.detach() for slope, leaf in zip(found, ends, strict=True)]
    whole = result.values * result.at
    if all(part.shape == whole.shape for part in taken):
        return whole - sum(taken, torch.zeros_like(whole))
    count = result.at.shape[0]
    return whole.reshape(count, -1).sum(1) - sum(part.reshape(count, -1).sum(1) for part in taken)
