"""Programs that autograd follows, on a CPU: every convolution packed, for the way there and the way back."""

from dataclasses import replace

from torch import Tensor, fx, nn

from tapetum.network.functional import aten
from tapetum.network.packed import SEVERAL, activation_of, geometry, put, reordered
from tapetum.network.packed_convolution import Form, convolution, rectified_convolution, turned
from tapetum.network.program import Program, reuse_memory
from tapetum.network.wayback import gradient_is_ours, hasten, is_first_convolution

_TAKEN_IN = ("relu", "hardtanh")
"""Activations whose slope shows in their result."""


def packed_back(program: Program, pictures: int) -> Program:
    """The same program, for autograd to follow, at its fastest for one picture, or for several.

    It runs with any number of pictures. `program` is used up.
    """
    graph, count = program.graph, 1 if pictures == 1 else SEVERAL
    weights = {name: program.weights[name] for name in program.weight_names}
    for node in list(graph.nodes):
        if node.target is aten.conv2d.default and not is_first_convolution(node):
            weight = node.args[1]
            if weight.name in weights and len(weight.users) == 1:
                _replace(graph, node, weights, count)
    reuse_memory(graph, "backward")
    hasten(graph)
    names = tuple(node.name for node in graph.nodes if node.name in weights)
    function = fx.GraphModule(nn.Module(), graph).forward
    return replace(program, function=function, weights=weights, weight_names=names)


def _replace(graph: fx.Graph, node: fx.Node, weights: dict[str, Tensor], count: int) -> None:
    """Put a packed convolution, with the activation behind it, in the place of a node."""
    batch, weight, bias = (*node.args[:2], node.args[2] if len(node.args) > 2 else None)
    assert isinstance(batch, fx.Node)
    assert isinstance(weight, fx.Node)
    plain, sides = weights[weight.name], geometry(node)
    form = Form(tuple(plain.shape[2:]), *sides)
    with graph.inserting_after(weight):
        back = graph.placeholder(f"{weight.name}_back")
    weights[weight.name] = reordered(plain, sides, batch, count)
    weights[back.name] = plain
    if form.back is not None:
        weights[back.name] = reordered(turned(plain, form.groups), form.back, node, count)
    user = next(iter(node.users)) if len(node.users) == 1 else None
    activation = None if user is None else activation_of(user)
    if user is not None and activation is not None and activation[0] in _TAKEN_IN:
        name, bounds = activation
        form = form._replace(activation=name, bounds=bounds, ours=gradient_is_ours(user))
        put(graph, user, rectified_convolution, (batch, weight, bias, back, form))
    else:
        put(graph, node, convolution, (batch, weight, bias, back, form))
