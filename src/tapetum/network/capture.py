"""Capture: a module becomes one functional graph of ATen operations, with its weights as named inputs."""

import contextlib
import operator
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.utils import _pytree as pytree

from tapetum.errors import CaptureError, NonFiniteError
from tapetum.network.functional import (
    aten,
    drop_idle,
    make_functional,
    schema,
    where,
    writes_through_views,
)
from tapetum.network.replica import replicate, without_hooks
from tapetum.network.weights import Weights

Activation = Literal["softmax", "sigmoid"]

_FINAL = {
    aten.softmax.int: "softmax",
    aten._softmax.default: "softmax",
    aten.log_softmax.int: "softmax",
    aten._log_softmax.default: "softmax",
    aten.sigmoid.default: "sigmoid",
}
_LOGIT_KEYS = ("logits", "out", "output", "prediction", "predictions")
_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Capture:
    """One classifier as a graph.

    `graph` has the picture batch as its first placeholder and every weight as a further one, and returns
    the logits. `batch` is the only batch size that the model accepts, or None where any will do.
    """

    graph: fx.Graph
    weights: Weights
    activation: Activation | None
    batch: int | None
    input_shape: tuple[int, int, int]
    difference: float

    @property
    def input(self) -> fx.Node:
        return next(iter(self.graph.nodes))

    @property
    def output(self) -> fx.Node:
        return output_of(self.graph)


def output_of(graph: fx.Graph) -> fx.Node:
    """The one value that a graph returns."""
    (value,) = graph.output_node().args
    assert isinstance(value, fx.Node)
    return value


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
    position where the model returns several tensors.

    Raises:
        CaptureError: the model cannot be captured; the message names the line where the capture stopped.
    """
    weights = Weights(model, device)
    replica = replicate(model, weights.convert)
    with _untouched_world():
        hooked = replicate(replica, lambda tensor: tensor) if without_hooks(replica) else None
        reference = replica
        if hooked is not None:
            reference = replicate(model, weights.convert)
        example, program = _exported(replica, tuple(input_shape), weights.device)
        graph, activation = _normal_form(program, weights, output, replica)
        difference = _difference(graph, weights, reference, example, activation, output)
        if difference > _TOLERANCE and hooked is not None:
            example, program = _exported(reference, tuple(input_shape), weights.device)
            graph, activation = _normal_form(program, weights, output, reference)
            difference = _difference(graph, weights, reference, example, activation, output)
    if not difference <= _TOLERANCE:
        raise CaptureError(
            f"The captured graph and the model differ by {difference:.2g} on the same batch, so the model does "
            "not compute the same thing twice. Remove what is random, or depends on earlier calls, from its forward."
        )
    size = next(iter(graph.nodes)).meta["val"].shape[0]
    batch = size if isinstance(size, int) else None
    return Capture(graph, weights, activation, batch, tuple(input_shape)[-3:], difference)  # type: ignore[arg-type]


def _exported(
    model: nn.Module, shape: tuple[int, ...], device: torch.device
) -> tuple[Tensor, torch.export.ExportedProgram]:
    """Export with any batch size; where the model pins its batch size, with that or with a batch of one."""
    if len(shape) == 4:
        example = _example(shape, device)
        return example, _export(model, example, dynamic=False)
    example = _example((2, *shape), device)
    try:
        program = _export(model, example, dynamic=True)
    except CaptureError as first:
        single = _example((1, *shape), device)
        try:
            return single, _export(model, single, dynamic=False)
        except CaptureError:
            raise first from first.__cause__
    if isinstance(_input_of(program).meta["val"].shape[0], int):
        single = _example((1, *shape), device)
        return single, _export(model, single, dynamic=False)
    return example, program


def _example(shape: tuple[int, ...], device: torch.device) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=generator).to(device)


def _export(model: nn.Module, example: Tensor, *, dynamic: bool) -> torch.export.ExportedProgram:
    shapes = ({0: torch.export.Dim.AUTO},) if dynamic else None
    try:
        program = torch.export.export(model, (example,), dynamic_shapes=shapes, strict=False)
        if writes_through_views(program.graph):
            program = program.run_decompositions({})
    except CaptureError:
        raise
    except Exception as error:  # noqa: BLE001  whatever a person's forward raises ends the capture
        raise CaptureError(_what_stopped(model, example, error)) from error
    return program


def _what_stopped(model: nn.Module, example: Tensor, error: Exception) -> str:
    """Name the line of the model's own code that was running when the capture stopped."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/torch/" not in code.co_filename and "/tapetum/network/" not in code.co_filename:
            place = f" in {code.co_filename}, line {trace.tb_lineno} ({code.co_name})"
        trace = trace.tb_next
    reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return (
        f"{type(model).__name__} cannot be captured for an input of shape {tuple(example.shape)}: "
        f"{type(error).__name__}{place}: {reason[:300]}. "
        "Check input_shape, and that the forward takes one batch of pictures and does not branch on pixel values."
    )


def _input_of(program: torch.export.ExportedProgram) -> fx.Node:
    names = set(program.graph_signature.user_inputs)
    return next(n for n in program.graph.nodes if n.op == "placeholder" and n.name in names)


def _normal_form(
    program: torch.export.ExportedProgram, weights: Weights, output: str | int | None, replica: nn.Module
) -> tuple[fx.Graph, Activation | None]:
    """Copy the exported graph: picture first, weights as placeholders, functional, ending in the logits."""
    graph = fx.Graph()
    picture = _input_of(program)
    copies: dict[fx.Node, Any] = {}
    copies[picture] = graph.node_copy(picture)
    copies[picture].name, copies[picture].target = "picture", "picture"
    signature = program.graph_signature
    names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    constants = signature.inputs_to_lifted_tensor_constants
    for node in program.graph.nodes:
        if node is picture or node.op in ("output", "get_attr"):
            continue
        copies[node] = _copied(graph, node, program.graph_module, copies)
        if node.op == "placeholder":
            name = copies[node].name
            if node.name in names:
                weights.name(name, names[node.name], replica)
            else:
                weights.constant(name, program.constants[constants[node.name]])
    flat = [copies.get(value) if isinstance(value, fx.Node) else None for value in _flat_outputs(program)]
    chosen = _choose(flat, program, output)
    graph.output(chosen)
    make_functional(graph)
    drop_idle(graph)
    activation = _cut_activation(graph)
    _flatten_logits(graph)
    graph.lint()
    weights.keep({n.name for n in graph.nodes if n.op == "placeholder"})
    return graph, activation


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
    place, body = next(
        (i, a) for i, a in enumerate(node.args) if isinstance(a, fx.Node) and a.op == "get_attr"
    )
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


def _choose(
    flat: Sequence[fx.Node | None], program: torch.export.ExportedProgram, output: str | int | None
) -> fx.Node:
    """The tensor that holds the logits among those that the model returns."""
    tree = program.call_spec.out_spec
    paths = pytree.tree_flatten_with_path(tree.unflatten(list(range(len(flat)))))[0] if tree else [((), 0)]
    places = {_path_text(path): flat[index] for path, index in paths if isinstance(index, int)}
    tensors = {name: node for name, node in places.items() if node is not None and _looks_like_logits(node)}
    if output is not None:
        if str(output) in tensors:
            return tensors[str(output)]
        raise CaptureError(
            f"The model has no output {str(output)!r} with one row of numbers per picture. "
            f"Choose one of: {', '.join(tensors) or 'none'}."
        )
    for key in _LOGIT_KEYS:
        if key in tensors:
            return tensors[key]
    if not tensors:
        raise CaptureError(
            "The model returns no tensor with one row of numbers per picture. "
            "Tapetum explains classifiers: return the logits, of shape (batch, classes)."
        )
    return next(iter(tensors.values()))


def _path_text(path: Sequence[Any]) -> str:
    return ".".join(str(getattr(k, "key", getattr(k, "idx", getattr(k, "name", k)))) for k in path)


def _looks_like_logits(node: fx.Node) -> bool:
    value = node.meta.get("val")
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return False
    if value.dim() in (1, 2):
        return True
    return value.dim() > 2 and all(size == 1 for size in value.shape[2:])


def _cut_activation(graph: fx.Graph) -> Activation | None:
    """Let the graph end before a final softmax or sigmoid, and say which it was."""
    end = graph.output_node()
    last = output_of(graph)
    node = last
    shape_only = {
        aten.view.default,
        aten.reshape.default,
        aten.flatten.using_ints,
        aten.squeeze.default,
        aten.squeeze.dim,
        aten.squeeze.dims,
        aten.select.int,
    }
    while node.target in shape_only and isinstance(node.args[0], fx.Node):
        node = node.args[0]
    kind = _FINAL.get(node.target) if node.op == "call_function" else None
    if kind is None or not isinstance(node.args[0], fx.Node):
        return None
    if kind == "softmax" and node.args[1] not in (1, -1):
        return None
    node.replace_all_uses_with(node.args[0])
    if node is last:
        end.args = (node.args[0],)
    drop_idle(graph)
    return kind  # type: ignore[return-value]


def _flatten_logits(graph: fx.Graph) -> None:
    """Give the logits the shape (batch, classes)."""
    last = output_of(graph)
    value: Tensor = last.meta["val"]
    if value.dim() == 2:
        return
    with graph.inserting_after(last):
        if value.dim() == 1:
            flat = graph.call_function(aten.unsqueeze.default, (last, 1))
            flat.meta["val"] = value.unsqueeze(1)
        else:
            flat = graph.call_function(aten.flatten.using_ints, (last, 1))
            flat.meta["val"] = value.flatten(1)
    graph.output_node().args = (flat,)


def _difference(
    graph: fx.Graph,
    weights: Weights,
    reference: nn.Module,
    example: Tensor,
    activation: Activation | None,
    output: str | int | None,
) -> float:
    """The largest difference between graph and model on the example, relative to the largest logit."""
    run = fx.GraphModule(nn.Module(), graph)
    with torch.no_grad():
        ours: Tensor = run.forward(example, *weights.values(_weight_names(graph)))
        theirs = _logits_like(reference(example.clone()), ours, output)
        if activation is not None:
            apply = torch.sigmoid if activation == "sigmoid" else lambda z: torch.softmax(z, 1)
            ours = apply(ours)
            if activation == "softmax" and bool((theirs <= 0).all()):
                ours = torch.log(ours)
    if not bool(torch.isfinite(theirs).all()):
        raise NonFiniteError(
            "The model answers NaN or infinity on a random batch. "
            "Check its weights: a diverged training run or a damaged file looks like this."
        )
    return float((ours - theirs).abs().max() / theirs.abs().max().clamp_min(1e-12))


def _logits_like(returned: Any, ours: Tensor, output: str | int | None) -> Tensor:
    paths, _ = pytree.tree_flatten_with_path(returned)
    found = {_path_text(path): value for path, value in paths if isinstance(value, Tensor)}
    fitting = {k: v for k, v in found.items() if v.is_floating_point() and v.numel() == ours.numel()}
    order = ([str(output)] if output is not None else list(_LOGIT_KEYS)) + list(fitting)
    chosen = next((fitting[key] for key in order if key in fitting), None)
    if chosen is None:
        raise CaptureError(
            f"The model's output on a real batch does not have the captured shape {tuple(ours.shape)}. "
            "Return the logits as one tensor of shape (batch, classes)."
        )
    return chosen.reshape(ours.shape)


def _weight_names(graph: fx.Graph) -> list[str]:
    return [n.name for n in graph.nodes if n.op == "placeholder"][1:]


@contextlib.contextmanager
def _untouched_world() -> Iterator[None]:
    """Keep random states as they were, and the warnings of the export machinery to ourselves."""
    python, numpy_state = random.getstate(), np.random.get_state()
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=devices), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy_state)
