"""Operations by what people call them, and those at the beginning of a network."""

from collections.abc import Sequence
from itertools import takewhile

from tapetum.network.layers import Layer

_WORDS = {
    "conv2d": "convolution",
    "convolution": "convolution",
    "batch_norm": "batch-norm",
    "layer_norm": "layer-norm",
    "group_norm": "group-norm",
    "relu": "ReLU",
    "hardtanh": "ReLU6",
    "leaky_relu": "leaky ReLU",
    "silu": "SiLU",
    "gelu": "GELU",
    "elu": "ELU",
    "hardswish": "hard-swish",
    "sigmoid": "sigmoid",
    "hardsigmoid": "hard-sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "max_pool2d": "max pooling",
    "avg_pool2d": "average pooling",
    "adaptive_avg_pool2d": "average pooling",
    "adaptive_max_pool2d": "max pooling",
    "mean": "average pooling",
    "linear": "linear",
    "cat": "concatenation",
    "add": "sum",
    "mul": "product",
    "pad": "padding",
}
_OPENING = {
    *("conv2d", "convolution", "batch_norm", "relu", "hardtanh", "leaky_relu", "silu", "gelu", "elu"),
    *("hardswish", "tanh", "sigmoid", "max_pool2d", "avg_pool2d"),
}
COMPUTES_NOTHING = {
    *("flatten", "view", "reshape", "squeeze", "unsqueeze", "permute", "transpose", "dropout", "clone"),
    *("contiguous", "select", "slice", "getitem", "expand", "pad", "to", "chunk", "split", "unbind"),
}
"""Kinds of layers that only move values around."""


def operation_words(kind: str) -> str:
    """What people call the operation of a layer.

    Example:
        >>> operation_words("max_pool2d"), operation_words("log_softmax")
        ('max pooling', 'log softmax')
    """
    return _WORDS.get(kind, kind.replace("_", " "))


def opening(leaves: Sequence[Layer]) -> list[Layer]:
    """The first convolution, and what follows it operation by operation until the second."""
    first = next(
        (i for i, layer in enumerate(leaves) if layer.kind.startswith("conv") and layer.spatial), None
    )
    if first is None:
        return []
    rest = [layer for layer in leaves[first + 1 :] if layer.kind not in COMPUTES_NOTHING]
    follows = takewhile(
        lambda one: one.spatial and one.kind in _OPENING and not one.kind.startswith("conv"), rest
    )
    return [leaves[first], *follows]
