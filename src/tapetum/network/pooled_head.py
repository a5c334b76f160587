"""Heads that pool and are linear: the verdict is the mean over positions of a weighted sum of channels."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, fx

from tapetum.network.axes import shape_of
from tapetum.network.fold import Twin
from tapetum.network.functional import argument, aten, pair
from tapetum.network.tokens import SHAPE_ONLY, Places


@dataclass(frozen=True, eq=False)
class PooledHead:
    """The value whose positions are pooled, and what each of its channels is worth to each output."""

    node: str
    weight: Float[Tensor, "outputs channel"]


def pooled_head(twin: Twin, places: Mapping[str, Places]) -> PooledHead | None:
    """The head, where from the logits back there is one pooling and one linear layer or 1×1 convolution.

    Either may come first. Nothing else may compute anything between them; only shapes may change.
    """
    node = twin.graph.output_node().args[0]
    node = node[0] if isinstance(node, list | tuple) else node
    weight: Tensor | None = None
    pooled = False
    while isinstance(node, fx.Node) and node.args and isinstance(node.args[0], fx.Node):
        source = node.args[0]
        if weight is None and node.target in _LINEAR and _is_linear(node):
            weight = _weight(node, twin.weights)
        elif not pooled and _pools_all(node, places.get(source.name)):
            pooled = True
        elif node.target not in SHAPE_ONLY or _elements(node) != _elements(source):
            return None
        if weight is not None and pooled and source.name in places:
            return PooledHead(source.name, weight) if _fits(source, places, weight) else None
        node = source
    return None


_CONVOLUTIONS = {aten.conv2d.default, aten.conv2d.padding, aten.convolution.default}
_LINEAR = {aten.linear.default} | _CONVOLUTIONS


def _is_linear(node: fx.Node) -> bool:
    """Whether each output is one weighted sum over the channels at one position."""
    weight = node.args[1]
    if not isinstance(weight, fx.Node) or weight.op != "placeholder":
        return False
    kernel = shape_of(weight)
    if node.target not in _CONVOLUTIONS:
        return True
    source = node.args[0]
    assert isinstance(source, fx.Node)
    same = shape_of(node)[2:] == shape_of(source)[2:]
    return kernel[2:] == (1, 1) and kernel[1] == shape_of(source)[1] and same


def _weight(node: fx.Node, weights: Mapping[str, Tensor]) -> Tensor:
    name = node.args[1]
    assert isinstance(name, fx.Node)
    return weights[name.name].flatten(1)


def _pools_all(node: fx.Node, found: Places | None) -> bool:
    """Whether an operation is the mean over exactly the positions."""
    if found is None:
        return False
    source = node.args[0]
    assert isinstance(source, fx.Node)
    shape = shape_of(source)
    if node.target is aten.mean.dim:
        dims = argument(node, 1, "dim")
        given = [dims] if isinstance(dims, int) else dims or []
        alone = len(found.dims) == 2 or shape[found.dims[0]] == found.count
        return alone and {d % len(shape) for d in given} == set(found.dims)
    if found.dims != (2, 3):
        return False
    if node.target in (aten.adaptive_avg_pool2d.default, aten._adaptive_avg_pool2d.default):
        return pair(node.args[1]) == (1, 1)
    kernel = argument(node, 1, "kernel_size")
    return node.target is aten.avg_pool2d.default and pair(kernel) == shape[2:] == _whole(node, shape)


def _whole(node: fx.Node, shape: tuple[int, ...]) -> tuple[int, int]:
    """The rows and columns that an average pooling takes in, where that is all of them and no padding."""
    clean = pair(argument(node, 3, "padding", 0)) == (0, 0) and not argument(node, 6, "divisor_override")
    return (shape[2], shape[3]) if clean else (0, 0)


def _elements(node: fx.Node) -> int:
    count = 1
    for size in shape_of(node)[1:]:
        count *= size
    return count


def _fits(source: fx.Node, places: Mapping[str, Places], weight: Tensor) -> bool:
    """Whether the linear layer reads one number per channel of the pooled value."""
    return shape_of(source)[places[source.name].channel] == weight.shape[1]
