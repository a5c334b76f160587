"""Capture: a module becomes one functional graph of ATen operations, with its weights as named inputs."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from tapetum.errors import CaptureError, NonFiniteError
from tapetum.network.axes import fixed
from tapetum.network.channel_first import channel_first, works_channels_last
from tapetum.network.export import exported, input_of
from tapetum.network.functional import drop_idle, make_functional
from tapetum.network.outputs import (
    Activation,
    cut_activation,
    flatten_logits,
    logits_of,
    output_of,
    same_output,
)
from tapetum.network.recognise import recognise_linear, recognise_steps
from tapetum.network.replica import replicate, without_hooks
from tapetum.network.surroundings import untouched_world
from tapetum.network.weights import Weights

_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Capture:
    """One classifier as a graph.

    `graph` has the picture batch as its first placeholder and every weight as a further one, and returns
    the logits. `batch` is the only batch size that the model accepts, or None where any will do.
    `difference` is the largest one to the model itself on a random batch, relative to the largest output.
    """

    graph: fx.Graph
    weights: Weights
    activation: Activation | None
    batch: int | None
    input_shape: tuple[int, int, int]
    difference: float

    @property
    def input(self) -> fx.Node:
        first: fx.Node = next(iter(self.graph.nodes))
        return first

    @property
    def output(self) -> fx.Node:
        return output_of(self.graph)


def capture(
    model: nn.Module,
    input_shape: Sequence[int],
    *,
    output: str | int | None = None,
    device: torch.device | None = None,
) -> Capture:
    """Capture `model` as it behaves in evaluation mode, without touching it.

    `input_shape` is (channels, rows, columns), or (batch, channels, rows, columns) for a model that accepts
    one batch size only. Half-precision models are captured in float32. `output` picks the logits by key or
    position where the model returns several tensors. Hooks of the caller's that only look on are left out;
    one that changes the output is part of the network.

    Raises:
        CaptureError: the model cannot be captured; the message names the line where the capture stopped.
        NonFiniteError: the model answers NaN or infinity.
    """
    shape = tuple(input_shape)
    weights = Weights(model, device)
    with untouched_world():
        replica = replicate(model, weights.convert)
        hooked = without_hooks(replica)
        graph, difference = _checked_graph(model, replica, shape, weights, output)
        if hooked and difference > _TOLERANCE:
            replica = replicate(model, weights.convert)
            graph, difference = _checked_graph(model, replica, shape, weights, output)
    if not difference <= _TOLERANCE:
        raise CaptureError(
            f"The captured graph and the model differ by {difference:.2g} on the same batch, so the model "
            "does not compute the same thing twice. "
            "Remove what is random, or depends on earlier calls, from its forward."
        )
    activation = cut_activation(graph)
    flatten_logits(graph)
    graph.lint()
    weights.keep(set(_weight_names(graph)))
    batch = fixed(next(iter(graph.nodes)).meta["val"].shape[0])
    return Capture(graph, weights, activation, batch, (shape[-3], shape[-2], shape[-1]), difference)


def _checked_graph(
    model: nn.Module,
    replica: nn.Module,
    shape: tuple[int, ...],
    weights: Weights,
    output: str | int | None,
) -> tuple[fx.Graph, float]:
    """The graph of `replica`, and how much it differs from the model."""
    example, program = exported(replica, shape, weights)
    graph = _normal_form(program, weights, output, replica)
    reference = replicate(model, lambda tensor: weights.convert(tensor).detach().clone())
    return graph, _difference(graph, weights, reference, example, output)


def _normal_form(
    program: torch.export.ExportedProgram, weights: Weights, output: str | int | None, replica: nn.Module
) -> fx.Graph:
    """Copy the exported graph: picture first, weights as placeholders, functional, ending in the logits."""
    graph = fx.Graph()
    picture = input_of(program)
    signature = program.graph_signature
    # Each of these is made anew whenever it is asked for.
    paths = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    constants = signature.inputs_to_lifted_tensor_constants
    copies: dict[fx.Node, Any] = {picture: graph.node_copy(picture)}
    copies[picture].name, copies[picture].target = "picture", "picture"
    for node in program.graph.nodes:
        if node is picture or node.op in ("output", "get_attr"):
            continue
        copies[node] = _copied(graph, node, program.graph_module, copies)
        if node.op != "placeholder":
            continue
        if node.name in paths:
            weights.name(copies[node].name, paths[node.name], replica)
        else:
            weights.constant(copies[node].name, _constant(node.name, constants, program))
    returned = [copies.get(value) if isinstance(value, fx.Node) else None for value in _flat_outputs(program)]
    graph.output(logits_of(returned, program.call_spec.out_spec, output))
    make_functional(graph)
    drop_idle(graph)
    if works_channels_last(graph):
        recognise_linear(graph)
        channel_first(graph)
        drop_idle(graph)  # the turns that nobody reads any more
        recognise_steps(graph)
        drop_idle(graph)
    return graph


def _constant(
    placeholder: str, constants: Mapping[str, str], program: torch.export.ExportedProgram
) -> Tensor:
    constant = program.constants.get(constants.get(placeholder, ""))
    if not isinstance(constant, Tensor):
        raise CaptureError(
            f"The model's forward needs {placeholder!r} besides the picture. "
            "Give a model whose forward takes one batch."
        )
    return constant


def _copied(graph: fx.Graph, node: fx.Node, owner: nn.Module, copies: dict[fx.Node, Any]) -> Any:
    """Copy one node; a region that runs under `no_grad` or `autocast` is written out as part of the graph.

    A region that computes in another precision than the graph around it shows as a difference to the model.
    """
    if isinstance(node.target, torch._ops.HigherOrderOperator):
        return _inlined(graph, node, owner, copies)
    source = node.args[0] if node.target is operator.getitem else None
    if isinstance(source, fx.Node) and isinstance(copies[source], tuple | list):
        return copies[source][node.args[1]]
    return graph.node_copy(node, lambda old: copies[old])


def _inlined(graph: fx.Graph, node: fx.Node, owner: nn.Module, copies: dict[fx.Node, Any]) -> Any:
    regions = [(i, a) for i, a in enumerate(node.args) if isinstance(a, fx.Node) and a.op == "get_attr"]
    if len(regions) != 1:
        raise CaptureError(
            f"The model's forward holds a branch or a loop on values ({node.target}). "
            "Write it without: the same operations for every picture."
        )
    place, body = regions[0]
    region = getattr(owner, str(body.target))
    given = iter(node.args[place + 1 :])
    inner: dict[fx.Node, Any] = {}
    for part in region.graph.nodes:
        if part.op == "placeholder":
            inner[part] = fx.map_arg(next(given), lambda old: copies[old])
        elif part.op == "call_function":
            inner[part] = _copied(graph, part, region, inner)
    return fx.map_arg(region.graph.output_node().args[0], lambda old: inner[old])


def _flat_outputs(program: torch.export.ExportedProgram) -> Sequence[Any]:
    returned = program.graph.output_node().args[0]
    assert isinstance(returned, Sequence)
    mutated = len(returned) - len(program.graph_signature.user_outputs)
    return returned[mutated:]


def _difference(
    graph: fx.Graph, weights: Weights, reference: nn.Module, example: Tensor, output: str | int | None
) -> float:
    """The largest difference between graph and model on the example, relative to the largest output."""
    run = fx.GraphModule(nn.Module(), graph)
    with torch.no_grad():
        ours: Tensor = run.forward(example, *weights.values(_weight_names(graph)))
        theirs = same_output(reference(example.clone()), ours, output)
    if not bool(torch.isfinite(theirs).all()):
        raise NonFiniteError(
            "The model answers NaN or infinity on a random batch. "
            "Check its weights: a diverged training run or a damaged file looks like this."
        )
    return float((ours - theirs).abs().max() / theirs.abs().max().clamp_min(1e-12))


def _weight_names(graph: fx.Graph) -> list[str]:
    return [n.name for n in graph.nodes if n.op == "placeholder"][1:]
