"""The normal form: no operation changes a tensor in place, none is without effect."""

import operator
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.errors import CaptureError

aten = torch.ops.aten

_VIEWS_THAT_MAY_COPY = {aten.contiguous.default, aten.reshape.default, aten.to.dtype, aten.flatten.using_ints}


def schema(node: fx.Node) -> Any | None:
    """The schema of the operation that a node calls, if it is one of torch's."""
    return getattr(node.target, "_schema", None) if node.op == "call_function" else None


def argument(node: fx.Node, place: int, name: str, default: Any = None) -> Any:
    """An operation's argument, given by position or by name."""
    return node.args[place] if len(node.args) > place else node.kwargs.get(name, default)


def pair(value: Any) -> tuple[int, int]:
    """(rows, columns) from an argument that is one number, a list of one, or a list of two."""
    if isinstance(value, int):
        return value, value
    return (value[0], value[0]) if len(value) == 1 else (value[0], value[1])


def written(node: fx.Node) -> fx.Node | None:
    """The value that a node changes in place, if it does."""
    found = schema(node)
    if found is None:
        return None
    for place, argument in enumerate(found.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = node.args[place] if place < len(node.args) else node.kwargs.get(argument.name)
            if isinstance(value, fx.Node):
                return value
    return None


def is_view(node: fx.Node) -> bool:
    """Whether a node's result may share memory with its first argument."""
    if node.target in _VIEWS_THAT_MAY_COPY or node.target is operator.getitem or _is_idle(node):
        return True
    found = schema(node)
    if found is None:
        return False
    return any(a.alias_info is not None and not a.alias_info.is_write for a in found.arguments)


def writes_through_views(graph: fx.Graph) -> bool:
    """Whether some in-place operation changes a value that is also seen through another name.

    Renaming cannot express that; such a graph is left to torch's own functionalisation.
    """
    storage: dict[fx.Node, fx.Node] = {}
    members: dict[fx.Node, set[fx.Node]] = {}
    for node in graph.nodes:
        target = written(node)
        source = target if target is not None else _source(node) if is_view(node) else None
        root = storage.get(source, source) if source is not None else node
        storage[node] = root
        if target is not None and any(
            _seen_after(other, node) for other in members.get(root, ()) if other is not target
        ):
            return True
        if target is None:
            members.setdefault(root, set()).add(node)
        else:
            members[root].discard(target)
            members[root].add(node)
    return False


def make_functional(graph: fx.Graph) -> None:
    """Replace, in `graph`, every in-place operation by its functional twin, found through the schema.

    Raises:
        CaptureError: an in-place operation has no functional twin.
    """
    for node in list(graph.nodes):
        node.target = _SYNONYMS.get(node.target, node.target)
        _keep_statistics(node)
        _plain_batch_norm(graph, node)
        changed = written(node)
        if changed is None:
            continue
        twin = _functional_twin(node)
        node.target = _SYNONYMS.get(twin, twin)
        later = [user for user in changed.users if user is not node and node < user]
        for user in later:
            user.replace_input_with(changed, node)


def drop_idle(graph: fx.Graph) -> None:
    """Remove what changes no value in evaluation: dropout, detach, idle casts, dead ends, unread weights.

    The function that the network computes is explained, so a `detach` in its forward stops no gradient.
    """
    first = next(iter(graph.nodes))
    for node in reversed(list(graph.nodes)):
        if node.op == "call_function" and _is_idle(node) and isinstance(node.args[0], fx.Node):
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)
        elif node.op != "output" and not node.users and node is not first:
            graph.erase_node(node)


_SYNONYMS: dict[Any, Any] = {
    aten.subtract.Tensor: aten.sub.Tensor,
    aten.multiply.Tensor: aten.mul.Tensor,
    aten.divide.Tensor: aten.div.Tensor,
    aten.true_divide.Tensor: aten.div.Tensor,
}
_NORMS_WITH_STATISTICS = {aten.batch_norm.default, aten.instance_norm.default}
_DROPOUTS = {aten.dropout.default, aten.feature_dropout.default, aten.alpha_dropout.default}
_SAME = {aten.detach.default, aten.alias.default, aten.lift_fresh_copy.default}
_CASTS = {aten.to.dtype, aten.to.dtype_layout, aten.to.device}


def _is_idle(node: fx.Node) -> bool:
    if node.target in _DROPOUTS:
        training = node.args[2] if len(node.args) > 2 else node.kwargs.get("train", True)
        return training is False or bool(node.args[1] == 0)
    if node.target in _CASTS:
        return _same_kind(node.meta.get("val"), node.args[0])
    return node.target in _SAME


def _same_kind(value: Any, source: Any) -> bool:
    """Whether a cast leaves the type of the numbers and where they are as they were."""
    given = source.meta.get("val") if isinstance(source, fx.Node) else None
    if not isinstance(value, Tensor) or not isinstance(given, Tensor):
        return False
    return (value.dtype, value.device, value.layout) == (given.dtype, given.device, given.layout)


def _keep_statistics(node: fx.Node) -> None:
    """A norm over the batch's own statistics updates the running ones: take those out of its reach."""
    if node.target in _NORMS_WITH_STATISTICS and node.args[5] is True:
        node.args = (*node.args[:3], None, None, *node.args[5:])


def _plain_batch_norm(graph: fx.Graph, node: fx.Node) -> None:
    """Write torch's inner form of batch-norm in evaluation as the operation that a model's author calls."""
    if node.target is not aten._native_batch_norm_legit_no_training.default:
        return
    for user in [u for u in node.users if u.target is operator.getitem and u.args[1] == 0]:
        with graph.inserting_before(user):
            plain = graph.call_function(
                aten.batch_norm.default, (*node.args[:5], False, *node.args[5:], False)
            )
        plain.meta = user.meta
        user.replace_all_uses_with(plain)


def _functional_twin(node: fx.Node) -> Any:
    namespace, name = node.target._schema.name.split("::")  # type: ignore[union-attr]
    packet = (
        getattr(getattr(torch.ops, namespace), name.removesuffix("_"), None) if name.endswith("_") else None
    )
    overload = getattr(packet, node.target._overloadname, None)  # type: ignore[union-attr]
    if overload is None:
        raise CaptureError(
            f"The network uses the in-place operation {node.target}, which has no functional twin. "
            f"Replace it in the model{where(node)}."
        )
    return overload


def where(node: fx.Node) -> str:
    """' (file:line: code)' of the model's own line behind a node, or nothing where it is not known."""
    trace = [line.strip() for line in (node.meta.get("stack_trace") or "").splitlines() if line.strip()]
    frames = [
        i for i, line in enumerate(trace) if line.startswith("File ") and "/torch/nn/modules/" not in line
    ]
    if not frames:
        return ""
    place = frames[-1]
    code = f": {trace[place + 1]}" if place + 1 < len(trace) else ""
    return f" ({trace[place]}{code})"


def _source(node: fx.Node) -> fx.Node | None:
    first = node.args[0] if node.args else None
    return first if isinstance(first, fx.Node) else None


def _seen_after(value: fx.Node, moment: fx.Node) -> bool:
    return any(moment < user for user in value.users)
