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


def recognise(graph: fx.Graph) -> None:
    """Write products, biases and batch-norms in pieces as linear layers, convolutions and batch-norms."""
    for node in list(graph.nodes):
        if node.target in (aten.matmul.default, aten.mm.default):
            _linear(node)
        elif node.target is aten.add.Tensor:
            found = _batch_norm(node) or _biased(node)
            if found is None:
                continue
            with graph.inserting_before(node):
                made = graph.call_function(*found)
            made.meta = node.meta
            node.replace_all_uses_with(made)
    for node in reversed(list(graph.nodes)):
        if node.op == "call_function" and not node.users:
            graph.erase_node(node)
    graph.lint()


def _linear(node: fx.Node) -> None:
    """The product x · Wᵀ with a weight W that the network holds."""
    first, second = node.args[:2]
    if not isinstance(second, fx.Node) or second.target is not aten.permute.default:
        return
    weight, order = second.args[:2]
    if isinstance(weight, fx.Node) and weight.op == "placeholder" and tuple(order) == (1, 0):  # type: ignore[arg-type]
        node.target, node.args = aten.linear.default, (first, weight)


def _biased(node: fx.Node) -> tuple[Any, tuple[Any, ...], dict[str, Any]] | None:
    """A convolution or linear layer without a bias, and one number for each of its channels."""
    layer, bias = node.args[:2]
    if not isinstance(layer, fx.Node) or not isinstance(bias, fx.Node) or node.kwargs:
        return None
    known = layer.target in _CONVOLUTIONS or layer.target is aten.linear.default
    if not known or len(layer.users) > 1 or argument(layer, 2, "bias") is not None:
        return None
    vector = _per_channel(bias, node)
    if vector is None or vector.op != "placeholder":
        return None
    return layer.target, (*layer.args[:2], vector, *layer.args[3:]), dict(layer.kwargs)


def _batch_norm(node: fx.Node) -> tuple[Any, tuple[Any, ...], dict[str, Any]] | None:
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
    return aten.batch_norm.default, (source, *affine, *held[:2], False, 0.0, epsilon, False), {}


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
