"""Multiply-adds: how much arithmetic one operation does for one picture."""

import math

from torch import Tensor, fx

from tapetum.network.axes import shape_of
from tapetum.network.functional import aten

_CONVOLUTIONS = {aten.conv2d.default, aten.conv2d.padding, aten.convolution.default, aten.conv1d.default}
_PRODUCTS = {aten.matmul.default, aten.bmm.default, aten.mm.default}


def multiply_adds(node: fx.Node) -> int:
    """Multiply-adds of one node for one picture; 0 for operations without a matrix product.

    Biases, activations, norms and pooling are not counted, as is usual in the field.
    """
    if not isinstance(node.meta.get("val"), Tensor) or not node.args:
        return 0
    outputs = math.prod(shape_of(node)[1:])
    if node.target in _CONVOLUTIONS:
        weight = shape_of(_node(node, 1))
        return outputs * math.prod(weight[1:])
    if node.target is aten.linear.default:
        return outputs * shape_of(_node(node, 1))[1]
    if node.target in _PRODUCTS:
        return outputs * shape_of(_node(node, 0))[-1]
    if node.target is aten.scaled_dot_product_attention.default:
        query, key = shape_of(_node(node, 0)), shape_of(_node(node, 1))
        return math.prod(query[1:-1]) * key[-2] * (query[-1] + shape_of(_node(node, 2))[-1])
    return 0


def _node(node: fx.Node, place: int) -> fx.Node:
    found = node.args[place]
    assert isinstance(found, fx.Node)
    return found
