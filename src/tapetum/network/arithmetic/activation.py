"""Activations and other functions of one value: the formula in signs, the number from torch in double."""

from typing import Any

import torch
from torch import Tensor, fx

from tapetum.network.arithmetic.terms import Index, Reading, Sum, broadcast, element, is_tensor
from tapetum.network.functional import aten

FORMULAS: dict[Any, str] = {
    aten.relu.default: "max(value, 0)",
    aten.relu6.default: "min(max(value, 0), 6)",
    aten.hardtanh.default: "min(max(value, low), high)",
    aten.clamp.default: "min(max(value, low), high)",
    aten.clamp_min.default: "max(value, low)",
    aten.clamp_max.default: "min(value, high)",
    aten.silu.default: "value × sigmoid(value)",
    aten.gelu.default: "value × Φ(value)",
    aten.hardswish.default: "value × min(max(value + 3, 0), 6) / 6",
    aten.hardsigmoid.default: "min(max(value + 3, 0), 6) / 6",
    aten.sigmoid.default: "1 / (1 + exp(−value))",
    aten.log_sigmoid.default: "−log(1 + exp(−value))",
    aten.tanh.default: "tanh(value)",
    aten.leaky_relu.default: "value, times the slope where it is negative",
    aten.prelu.default: "value, times the channel's slope where it is negative",
    aten.rrelu.default: "value, times the mean slope where it is negative",
    aten.elu.default: "value, or α (exp(value) − 1) where it is negative",
    aten.celu.default: "value, or α (exp(value / α) − 1) where it is negative",
    aten.selu.default: "λ value, or λ α (exp(value) − 1) where it is negative",
    aten.mish.default: "value × tanh(log(1 + exp(value)))",
    aten.softplus.default: "log(1 + exp(value))",
    aten.hardshrink.default: "value, or 0 where it is small",
    aten.threshold.default: "value, or a constant where it is small",
    aten.abs.default: "|value|",
    aten.neg.default: "−value",
    aten.exp.default: "exp(value)",
    aten.log.default: "log(value)",
    aten.sqrt.default: "√value",
    aten.rsqrt.default: "1 / √value",
    aten.square.default: "value × value",
    aten.reciprocal.default: "1 / value",
    aten.erf.default: "erf(value)",
    aten.pow.Tensor_Scalar: "value to a power",
}


def activation(read: Reading, at: Index) -> Sum:
    """One function of one value, with the operation's own constants."""
    source = read.source()
    terms = read.weighted(source, [[i] for i in at])
    value = torch.tensor(terms.values, dtype=torch.float64)
    given = [_own(read.resolved(argument), argument, at) for argument in read.node.args[1:]]
    found = read.node.target(value, *given, **read.resolved(read.node.kwargs))  # type: ignore[operator]
    named = {} if not given else _named(read.node, given)
    return Sum(FORMULAS[read.node.target], [terms], float(found), facts=named, function=_name(read.node))


def summed(graph: fx.Graph, name: str) -> str:
    """The value that an activation is computed from; any other value itself."""
    node = next(one for one in graph.nodes if one.name == name)
    while node.target in FORMULAS and isinstance(node.args[0], fx.Node):
        node = node.args[0]
    return node.name


def _own(value: Any, argument: Any, at: Index) -> Any:
    """An argument that has a number for every channel, as that of this channel."""
    if not (isinstance(argument, fx.Node) and is_tensor(argument)):
        return value
    assert isinstance(value, Tensor)
    place = at[1] if value.numel() > 1 and len(at) > 1 else 0
    return torch.tensor([element(value.reshape(-1), (place,))], dtype=torch.float64)


def _named(node: fx.Node, given: list[Any]) -> dict[str, float]:
    """The operation's own constants, by the names of its arguments."""
    names = [argument.name for argument in node.target._schema.arguments][1:]  # type: ignore[union-attr]
    return {
        name.replace("_", " "): float(value)
        for name, value in zip(names, given, strict=False)
        if isinstance(value, int | float | Tensor) and not isinstance(value, bool)
    }


def _name(node: fx.Node) -> str:
    return str(node.target).split(".")[1]


def quotient(read: Reading, at: Index) -> Sum:
    """A constant divided by a value: used by `combine.divide` where only the divisor sees the picture."""
    divisor = read.source(1)
    above = read.given(0)
    number = element(above, broadcast(at, above.shape)) if isinstance(above, Tensor) else float(above)
    terms = read.weighted(divisor, [[i] for i in broadcast(at, read.value(divisor).shape)])
    facts = {"dividend": number}
    return Sum("dividend / value", [terms], number / float(terms.values[0]), facts=facts, function="1 /")
