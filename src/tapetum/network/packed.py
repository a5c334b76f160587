"""Forward programs on a CPU: convolutions in oneDNN's own form, together with what follows them.

A convolution takes in the activation behind it, or the sum behind it and the activation behind that. Its
weights are kept in the order in which oneDNN reads them, so that no call has to bring them into it: one order
for a single picture, another for several.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, fx, nn

from tapetum.network.axes import numbers
from tapetum.network.functional import aten, pair
from tapetum.network.program import Program, overwrites, reuse_memory, same_layout

onednn = torch.ops.mkldnn

SEVERAL = 16
"""Pictures for which weights are ordered where there is more than one."""


def packable(weights: dict[str, Tensor]) -> bool:
    """Whether this build of torch has oneDNN, and the weights are what it takes: float32 on a CPU.

    They must be finite too: a rectifier inside of a oneDNN convolution turns NaN into 0, and hides it.
    """
    onednn_is_there: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return onednn_is_there and all(
        value.device.type == "cpu" and value.dtype == torch.float32 and bool(torch.isfinite(value).all())
        for value in weights.values()
        if value.is_floating_point()
    )


def packed(program: Program, pictures: int) -> Program:
    """The same program with its convolutions fused, at its fastest for one picture, or for several.

    It runs with any number of pictures. `program` is used up.
    """
    graph = program.graph
    weights = {name: program.weights[name] for name in program.weight_names}
    for node in list(graph.nodes):
        if node.target is aten.conv2d.default and isinstance(node.args[1], fx.Node):
            weight = node.args[1]
            if weight.name in weights and len(weight.users) == 1:
                weights[weight.name] = _pack(node, weights[weight.name], 1 if pictures == 1 else SEVERAL)
                _fuse(graph, node)
    reuse_memory(graph, "forward")
    function = fx.GraphModule(nn.Module(), graph).forward
    return replace(program, function=function, weights=weights)


def _pack(node: fx.Node, weight: Tensor, pictures: int) -> Tensor:
    source = node.args[0]
    assert isinstance(source, fx.Node)
    return reordered(weight, geometry(node), source, pictures)


def reordered(weight: Tensor, geometry: tuple[Any, ...], source: fx.Node, pictures: int) -> Tensor:
    """A weight in the order in which oneDNN reads it to convolve so many pictures of the source's shape."""
    reorder: Any = torch._C._nn.mkldnn_reorder_conv2d_weight
    shape = numbers(source.meta["val"].shape, pictures)
    found: Tensor = reorder(weight.contiguous().to_mkldnn(), *geometry, shape)
    return found


def geometry(node: fx.Node) -> tuple[Any, ...]:
    """Padding, stride, dilation and groups."""
    given: tuple[Any, ...] = (*node.args[3:], *(1, 0, 1, 1)[len(node.args[3:]) :])
    stride, padding, dilation = (list(pair(value)) for value in given[:3])
    return padding, stride, dilation, given[3]


def _fuse(graph: fx.Graph, node: fx.Node) -> None:
    """Put a packed convolution, with as much as it can take in, in the place of a node."""
    inputs = (*node.args[:2], node.args[2] if len(node.args) > 2 else None)
    user = next(iter(node.users)) if len(node.users) == 1 else None
    activation = None if user is None else activation_of(user)
    other = None if user is None else _other(user, node)
    if user is not None and activation is not None:
        put(graph, user, onednn._convolution_pointwise.default, (*inputs, *geometry(node), *activation, ""))
    elif user is not None and other is not None:
        after = next(iter(user.users)) if len(user.users) == 1 else None
        rectified = after is not None and after.target is aten.relu.default
        words: tuple[Any, ...] = ("add", 1.0, "relu" if rectified else None, [], None)
        last = after if rectified and after is not None else user
        kernel, first = onednn._convolution_pointwise.binary, (inputs[0], other, *inputs[1:])
        if overwrites(other, node):
            kernel, first = onednn._convolution_pointwise_.binary, (other, *inputs)
        put(graph, last, kernel, (*first, *geometry(node), *words))
    else:
        put(graph, node, onednn._convolution_pointwise.default, (*inputs, *geometry(node), "none", [], ""))


def put(graph: fx.Graph, last: fx.Node, kernel: Any, arguments: tuple[Any, ...]) -> None:
    """Compute the value of `last` by one call, and drop what led to it alone."""
    with graph.inserting_before(last):
        fused = graph.call_function(kernel, arguments)
    fused.meta = last.meta
    last.replace_all_uses_with(fused)
    _drop(graph, last)


def _drop(graph: fx.Graph, node: fx.Node) -> None:
    if node.op == "call_function" and not node.users:
        sources = node.all_input_nodes
        graph.erase_node(node)
        for source in sources:
            _drop(graph, source)


def activation_of(node: fx.Node) -> tuple[str, list[float]] | None:
    """The name and the numbers by which oneDNN knows an activation."""
    if node.target is aten.hardtanh.default:
        bounds: tuple[Any, ...] = (*node.args[1:], *(-1.0, 1.0)[len(node.args) - 1 :])
        return "hardtanh", [float(bound) for bound in bounds]
    names = {aten.relu.default: "relu", aten.silu.default: "swish", aten.sigmoid.default: "sigmoid"}
    return (names[node.target], []) if node.target in names else None


def _other(node: fx.Node, convolution: fx.Node) -> fx.Node | None:
    """What is added to a convolution's result, where it has the same shape."""
    if node.target is not aten.add.Tensor or node.kwargs or len(node.args) != 2:
        return None
    others = [a for a in node.args if a is not convolution]
    if len(others) != 1 or not isinstance(others[0], fx.Node):
        return None
    return others[0] if same_layout(others[0], convolution) else None
