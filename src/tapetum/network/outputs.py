"""The end of the graph: which of a model's outputs are the logits, and what stands after them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from torch import Tensor, fx
from torch.utils import _pytree as pytree

from tapetum.errors import CaptureError
from tapetum.network.functional import aten, drop_idle

Activation = Literal["softmax", "sigmoid"]
T = TypeVar("T")

_FINAL: dict[Any, Activation] = {
    aten.softmax.int: "softmax",
    aten._softmax.default: "softmax",
    aten.log_softmax.int: "softmax",
    aten._log_softmax.default: "softmax",
    aten.sigmoid.default: "sigmoid",
}
_SHAPE_ONLY = {
    aten.view.default,
    aten.reshape.default,
    aten.flatten.using_ints,
    aten.squeeze.default,
    aten.squeeze.dim,
    aten.squeeze.dims,
    aten.select.int,
}
_LOGIT_KEYS = ("logits", "out", "output", "prediction", "predictions")


def output_of(graph: fx.Graph) -> fx.Node:
    """The one value that a graph returns."""
    value = graph.output_node().args[0]
    assert isinstance(value, fx.Node)
    return value


def logits_of(
    values: Sequence[fx.Node | None], spec: pytree.TreeSpec | None, output: str | int | None
) -> fx.Node:
    """The value that holds the logits among those that the model returns.

    Raises:
        CaptureError: there is none, or none is called `output`.
    """
    paths = pytree.tree_flatten_with_path(spec.unflatten(list(range(len(values)))))[0] if spec else [((), 0)]
    places = {path_text(path): values[index] for path, index in paths if isinstance(index, int)}
    fitting = {name: node for name, node in places.items() if node is not None and _looks_like_logits(node)}
    chosen = pick(fitting, output)
    if chosen is not None:
        return chosen
    if output is not None and fitting:
        names = ", ".join(name for name in fitting if name) or "nothing, for it returns one tensor"
        raise CaptureError(
            f"The model has no output {str(output)!r} with one row of numbers per picture. Choose: {names}."
        )
    raise CaptureError(
        "The model returns no tensor with one row of numbers per picture. "
        "Tapetum explains classifiers: return the logits, of shape (batch, classes)."
    )


def pick(outputs: Mapping[str, T], output: str | int | None) -> T | None:
    """The output of this name or position; without one, what is called logits, or else the first."""
    wanted = [str(output)] if output is not None else [*_LOGIT_KEYS, *outputs]
    return next((outputs[name] for name in wanted if name in outputs), None)


def path_text(path: Sequence[Any]) -> str:
    """Where a value stands in what a model returns: `logits`, `0`, `heads.1`."""
    return ".".join(str(getattr(k, "key", getattr(k, "idx", getattr(k, "name", k)))) for k in path)


def _looks_like_logits(node: fx.Node) -> bool:
    value = node.meta.get("val")
    if not isinstance(value, Tensor) or not value.is_floating_point() or value.dim() == 0:
        return False
    return all(size == 1 for size in value.shape[2:])


def cut_activation(graph: fx.Graph) -> Activation | None:
    """Let the graph end before a final softmax or sigmoid, and say which it was."""
    node, picked = output_of(graph), False
    while node.target in _SHAPE_ONLY and isinstance(node.args[0], fx.Node):
        picked = picked or node.target is aten.select.int
        node = node.args[0]
    kind = _FINAL.get(node.target) if node.op == "call_function" else None
    if kind is None or not isinstance(node.args[0], fx.Node):
        return None
    if kind == "softmax" and (picked or node.args[1] not in (1, 1 - node.meta["val"].dim())):
        return None  # one class of a softmax is no logit, and neither is a softmax over places
    node.replace_all_uses_with(node.args[0])
    drop_idle(graph)
    return kind


def flatten_logits(graph: fx.Graph) -> None:
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


def same_output(returned: Any, ours: Tensor, output: str | int | None) -> Tensor:
    """What the model itself returned where the graph returns `ours`, in the same shape.

    Raises:
        CaptureError: nothing there has as many numbers.
    """
    paths, _ = pytree.tree_flatten_with_path(returned)
    fitting = {
        path_text(path): value
        for path, value in paths
        if isinstance(value, Tensor) and value.is_floating_point() and value.shape == ours.shape
    }
    chosen = pick(fitting, output)
    if chosen is None:
        raise CaptureError(
            f"The model's output on a real batch does not have the captured shape {tuple(ours.shape)}. "
            "Return the logits as one tensor of shape (batch, classes)."
        )
    return chosen
