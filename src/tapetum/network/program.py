"""A program: the part of a graph between chosen inputs and chosen outputs, as a Python function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, fx, nn

from tapetum.network.functional import aten, is_view, schema
from tapetum.network.packed_convolution import convolution
from tapetum.network.wayback import hasten
from tapetum.network.weights import Weights

Reuse = Literal["forward", "backward"]


@dataclass(frozen=True, eq=False)
class Rules:
    """What computes an operation instead of itself: functions of the same arguments, by operation.

    This is how a method changes the way back through a network: a function of `torch.autograd` with another
    backward. `name` tells one set of rules from another.
    """

    name: str = ""
    functions: Mapping[Any, Callable[..., Any]] = field(default_factory=dict)


NO_RULES = Rules()


@dataclass(frozen=True, eq=False)
class Program:
    """Runs one part of a graph: `program(*inputs)` returns the outputs in the order they were asked for."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    graph: fx.Graph
    function: Callable[..., tuple[Any, ...]]
    weight_names: tuple[str, ...]
    weights: Weights | dict[str, Tensor]

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        return self.function(*inputs, *(self.weights[name] for name in self.weight_names))


def part(
    graph: fx.Graph,
    weights: Weights | dict[str, Tensor],
    inputs: Sequence[str],
    outputs: Sequence[str],
    *,
    reuse: Reuse | None = None,
    rules: Rules = NO_RULES,
) -> Program:
    """The program that computes the values named `outputs` from the values named `inputs`.

    With `reuse`, activations and sums overwrite values that nobody else reads, which saves memory traffic:
    "forward" wherever that is possible without autograd, "backward" only where autograd needs neither value.

    Raises:
        KeyError: a name is not in the graph, or an output needs a value that `inputs` do not give.
    """
    nodes = {node.name: node for node in graph.nodes}
    given = [nodes[name] for name in inputs]
    wanted = [nodes[name] for name in outputs]
    needed = _needed(wanted, set(given))
    copies: dict[fx.Node, fx.Node] = {}
    cut = fx.Graph()
    for node in given:
        copies[node] = cut.placeholder(node.name)
        copies[node].meta = node.meta
    missing = [n.name for n in needed if n.op == "placeholder" and n.name not in weights and n not in copies]
    if missing:
        raise KeyError(f"{', '.join(outputs)} cannot be computed from {', '.join(inputs)} alone")
    ordered = [n for n in graph.nodes if n in needed]
    for node in ordered:
        if node.op == "placeholder":
            copies[node] = cut.placeholder(node.name)
            copies[node].meta = node.meta
    weight_names = tuple(node.name for node in ordered if node.op == "placeholder")
    for node in ordered:
        if node.op != "placeholder":
            copies[node] = cut.node_copy(node, lambda old: copies[old])
    cut.output(tuple(copies[node] for node in wanted))
    for node in cut.nodes:
        node.target = rules.functions.get(node.target, node.target)
    if reuse is not None:
        reuse_memory(cut, reuse)
    if reuse == "backward":
        hasten(cut)
    function = fx.GraphModule(nn.Module(), cut).forward
    return Program(tuple(inputs), tuple(outputs), cut, function, weight_names, weights)


def frontier(graph: fx.Graph, layers: Sequence[str], outputs: Sequence[str]) -> tuple[str, ...]:
    """The values, besides `layers`, that the part of the graph after them needs: what bypasses the layers."""
    nodes = {node.name: node for node in graph.nodes}
    cut = {nodes[name] for name in layers}
    after: set[fx.Node] = set(cut)
    for node in graph.nodes:
        if any(source in after for source in node.all_input_nodes):
            after.add(node)
    needed = _needed([nodes[name] for name in outputs], cut) & (after - cut)
    weights_side = _depends_on_input(graph)
    bypass = {
        source
        for node in needed
        for source in node.all_input_nodes
        if source not in after and source in weights_side
    }
    return tuple(node.name for node in graph.nodes if node in bypass)


def _depends_on_input(graph: fx.Graph) -> set[fx.Node]:
    first = next(iter(graph.nodes))
    found = {first}
    for node in graph.nodes:
        if any(source in found for source in node.all_input_nodes):
            found.add(node)
    return found


def _needed(wanted: Sequence[fx.Node], given: set[fx.Node]) -> set[fx.Node]:
    needed: set[fx.Node] = set()
    stack = [node for node in wanted if node not in given]
    while stack:
        node = stack.pop()
        if node not in needed:
            needed.add(node)
            stack.extend(source for source in node.all_input_nodes if source not in given)
    return needed


_OVERWRITING = {
    "forward": {
        aten.relu.default,
        aten.hardtanh.default,
        aten.silu.default,
        aten.hardswish.default,
        aten.gelu.default,
        aten.sigmoid.default,
        aten.hardsigmoid.default,
        aten.leaky_relu.default,
        aten.elu.default,
        aten.add.Tensor,
        aten.mul.Tensor,
    },
    "backward": {aten.relu.default, aten.hardtanh.default, aten.add.Tensor},
}
_RESULT_NOT_SAVED = {
    aten.conv2d.default,
    aten.conv2d.padding,
    aten.convolution.default,
    convolution,
    aten.linear.default,
    aten.batch_norm.default,
    aten.add.Tensor,
    aten.add_.Tensor,
    aten.cat.default,
}
"""Operations whose own backward pass does not look at their result."""


def reuse_memory(graph: fx.Graph, reuse: Reuse) -> None:
    """Let an elementwise operation write into its first argument where nobody else will read that."""
    for node in graph.nodes:
        if node.target not in _OVERWRITING[reuse] or not isinstance(node.args[0], fx.Node):
            continue
        source = node.args[0]
        if reuse == "backward" and source.target not in _RESULT_NOT_SAVED:
            continue
        if overwrites(source, node):
            name = node.target._schema.name.split("::")[1]
            node.target = getattr(getattr(aten, f"{name}_"), node.target._overloadname)


def overwrites(source: fx.Node, node: fx.Node) -> bool:
    """Whether a node may write its result over a value: nobody else reads that, and it fits."""
    return len(source.users) == 1 and _owns_memory(source) and same_layout(source, node)


def _owns_memory(node: fx.Node) -> bool:
    """Whether a node's result lies in memory of its own, or in memory it took over from such a node."""
    return schema(node) is not None and not is_view(node)


def same_layout(source: fx.Node, node: fx.Node) -> bool:
    """Whether two different values have the same type and shape."""
    a, b = source.meta.get("val"), node.meta.get("val")
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return False
    other = node.args[1] if len(node.args) > 1 else None
    if other is source:
        return False
    return (
        a.dtype == b.dtype
        and a.dim() == b.dim()
        and all(_same(x, y) for x, y in zip(a.shape, b.shape, strict=True))
    )


def _same(a: int | torch.SymInt, b: int | torch.SymInt) -> bool:
    return str(a) == str(b)
