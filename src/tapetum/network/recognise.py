"""Layers that a network writes out in pieces, as the one operation that they are.

A bias that is added after a convolution, a product with a turned weight, a batch-norm in steps: instruments
know these by their own names.
"""

from typing import Any

from torch import Tensor, fx

from tapetum.network.axes import shape_of
from tapetum.network.functional import argument, aten

_CONVOLUTIONS = {aten.conv2d.default, aten.conv2d.padding}
_RESHAPES = {aten.reshape.default, aten.view.default, aten.permute.default, aten.expand.default}


def recognise_linear(graph: fx.Graph) -> None:
    """Write products with a turned weight, and the bias added to them, as linear layers."""
    for node in list(graph.nodes):
        if node.target in (aten.matmul.default, aten.mm.default):
            weight = _turned_weight(node.args[1])
            if weight is not None:
                node.target, node.args = aten.linear.default, (node.args[0], weight)
        elif node.target is aten.add.Tensor and _takes_bias(node, {aten.linear.default}):
            layer, bias = node.args[:2]
            if bias.op == "placeholder" and shape_of(bias) == shape_of(node)[-1:]:
                _replace(graph, node, layer.target, (*layer.args, bias))


def recognise_steps(graph: fx.Graph) -> None:
    """Write biases and batch-norms in steps, channel-first, as convolutions and batch-norms."""
    for node in list(graph.nodes):
        if node.target is not aten.add.Tensor:
            continue
        norm = _batch_norm(node)
        if norm is not None:
            _replace(graph, node, aten.batch_norm.default, norm)
        elif _takes_bias(node, _CONVOLUTIONS):
            layer, bias = node.args[0], _per_channel(node.args[1], node)
            if bias is not None and bias.op == "placeholder":
                _replace(graph, node, layer.target, (*layer.args[:2], bias, *layer.args[3:]), layer.kwargs)


def _turned_weight(value: Any) -> fx.Node | None:
    """The weight of the network whose rows and columns change places here."""
    if not isinstance(value, fx.Node) or not _turns(value):
        return None
    weight = value.args[0]
    return weight if isinstance(weight, fx.Node) and weight.op == "placeholder" else None


def _turns(node: fx.Node) -> bool:
    """Whether an operation on a matrix is its transposition."""
    given: Any = node.args[1:]
    if node.target is aten.permute.default:
        return len(given[0]) == 2 and given[0][0] % 2 == 1
    if node.target is aten.transpose.int:
        return len(shape_of(node)) == 2 and (given[0] - given[1]) % 2 == 1
    return node.target is aten.t.default


def _takes_bias(node: fx.Node, targets: set[Any]) -> bool:
    """Whether a sum adds something to a layer of these kinds that has no bias and no other reader."""
    layer, bias = node.args[:2]
    if not isinstance(layer, fx.Node) or not isinstance(bias, fx.Node) or node.kwargs:
        return False
    return layer.target in targets and len(layer.users) == 1 and argument(layer, 2, "bias") is None


def _replace(graph: fx.Graph, node: fx.Node, target: Any, args: tuple[Any, ...], kwargs: Any = None) -> None:
    with graph.inserting_before(node):
        made = graph.call_function(target, args, dict(kwargs or {}))
    made.meta = node.meta
    node.replace_all_uses_with(made)
    graph.erase_node(node)


def _batch_norm(node: fx.Node) -> tuple[Any, ...] | None:
    """(x − mean) · (variance + ε)^(−½) · gain + offset, per channel of the second dimension."""
    scaled, offset = node.args[:2]
    centred, factor = _operands(scaled, aten.mul.Tensor)
    source, mean = _operands(centred, aten.sub.Tensor)
    if source is None or mean is None or factor is None or not isinstance(offset, fx.Node):
        return None
    vectors = [_per_channel(value, node) for value in (mean, offset, factor)]
    if any(vector is None for vector in vectors):
        return None
    inverse, gain = _operands(vectors[2], aten.mul.Tensor)
    spread = inverse.args[0] if inverse is not None and inverse.target is aten.rsqrt.default else None
    if not isinstance(spread, fx.Node) or spread.target is not aten.add.Tensor:
        return None
    variance, epsilon = spread.args[:2]
    held = [_vector(mean), _vector(variance), _vector(gain), _vector(offset)]
    if not isinstance(epsilon, float) or held[0] is None or held[1] is None:
        return None
    if held[0].op != "placeholder" or held[1].op != "placeholder":
        return None
    affine = []
    for value, idle in ((held[2], aten.ones_like.default), (held[3], aten.zeros_like.default)):
        if value is None or (value.op != "placeholder" and value.target is not idle):
            return None
        affine.append(value if value.op == "placeholder" else None)
    return source, *affine, *held[:2], False, 0.0, epsilon, False


def _operands(node: Any, *targets: Any) -> tuple[fx.Node | None, fx.Node | None]:
    """Both values of an operation that nobody else reads."""
    if not isinstance(node, fx.Node) or node.target not in targets or len(node.users) > 1 or node.kwargs:
        return None, None
    first, second = node.args[:2]
    return (first, second) if isinstance(first, fx.Node) and isinstance(second, fx.Node) else (None, None)


def _per_channel(value: fx.Node, node: fx.Node) -> fx.Node | None:
    """The vector behind a value that has one number for each channel of a node's result, and nothing else."""
    shape, whole = shape_of(value), shape_of(node)
    shape = (1,) * (len(whole) - len(shape)) + shape
    per_channel = all(size == (whole[1] if dim == 1 else 1) for dim, size in enumerate(shape))
    return _vector(value) if per_channel else None


def _vector(value: Any) -> fx.Node | None:
    """What stands behind changes of shape alone."""
    while isinstance(value, fx.Node) and value.target in _RESHAPES:
        value = value.args[0]
    return value if isinstance(value, fx.Node) and isinstance(value.meta.get("val"), Tensor) else None
