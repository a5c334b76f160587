"""One rule per operation: how an element of its result is computed, term by term."""

import operator
from typing import Any

from tapetum.network.arithmetic import combine, layout, norm, pooling, product
from tapetum.network.arithmetic.activation import FORMULAS, activation
from tapetum.network.arithmetic.convolution import convolution, transposed_convolution
from tapetum.network.arithmetic.enlarge import enlarge
from tapetum.network.arithmetic.softmax import softmax
from tapetum.network.arithmetic.terms import Index, Reading, Rule, Sum
from tapetum.network.functional import aten

_FIRST_OF_SEVERAL: dict[Any, Rule] = {
    aten.max_pool2d_with_indices.default: pooling.max_pool,
    aten.adaptive_max_pool2d.default: pooling.adaptive_max_pool,
    aten.max.dim: pooling.largest,
}
"""Operations whose result comes with the places of the largest; the values are taken by `getitem`."""


def _taken(read: Reading, at: Index) -> Sum:
    several = read.of(read.source())
    rule = _FIRST_OF_SEVERAL.get(several.node.target)
    return layout.moved(read, at) if rule is None else rule(several, at)


ARITHMETIC: dict[Any, Rule] = {
    aten.conv1d.default: convolution,
    aten.conv2d.default: convolution,
    aten.conv2d.padding: convolution,
    aten.conv3d.default: convolution,
    aten.convolution.default: convolution,
    aten.conv_transpose1d.default: transposed_convolution,
    aten.conv_transpose2d.input: transposed_convolution,
    aten.max_pool2d.default: pooling.max_pool,
    aten.avg_pool2d.default: pooling.average_pool,
    aten.adaptive_avg_pool2d.default: pooling.adaptive_average_pool,
    aten._adaptive_avg_pool2d.default: pooling.adaptive_average_pool,
    aten.mean.dim: pooling.mean,
    aten.mean.default: pooling.mean,
    aten.sum.dim_IntList: pooling.total,
    aten.sum.default: pooling.total,
    aten.amax.default: pooling.largest,
    aten.linalg_vector_norm.default: pooling.length,
    aten.batch_norm.default: norm.batch_norm,
    aten.layer_norm.default: norm.layer_norm,
    aten.group_norm.default: norm.group_norm,
    aten.add.Tensor: combine.add,
    aten.add.Scalar: combine.add,
    aten.sub.Tensor: combine.subtract,
    aten.sub.Scalar: combine.subtract,
    aten.rsub.Scalar: combine.subtract_from,
    aten.mul.Tensor: combine.multiply,
    aten.mul.Scalar: combine.multiply,
    aten.div.Tensor: combine.divide,
    aten.div.Scalar: combine.divide,
    aten.addcmul.default: combine.add_product,
    aten.maximum.default: combine.maximum,
    aten.minimum.default: combine.minimum,
    aten.cat.default: combine.concat,
    aten.linear.default: product.linear,
    aten.matmul.default: product.matrix_product,
    aten.bmm.default: product.matrix_product,
    aten.mm.default: product.matrix_product,
    aten.addmm.default: product.biased_matrix_product,
    aten.softmax.int: softmax,
    aten._softmax.default: softmax,
    aten.upsample_bilinear2d.vec: enlarge,
    aten.upsample_bicubic2d.vec: enlarge,
    aten.pad.default: layout.padded,
    aten.constant_pad_nd.default: layout.padded,
    **dict.fromkeys(FORMULAS, activation),
    **dict.fromkeys(layout.MOVES, layout.moved),
    operator.getitem: _taken,
}
