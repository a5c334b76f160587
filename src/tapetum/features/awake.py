"""Waking pictures that no unit answers to yet: values before flat activations, and a way through them."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.network import Network, Rules
from tapetum.network.functional import aten

Operation = Callable[..., Tensor]


class _Through(torch.autograd.Function):
    """A result computed before; on the way back the gradient passes as it is."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, result: Tensor) -> Tensor:
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def _let_through(operation: Operation) -> Operation:
    def through(value: Tensor, *arguments: Any) -> Tensor:
        found: Tensor = _Through.apply(value, operation(value.detach(), *arguments))  # type: ignore[no-untyped-call]
        return found

    return through


_FLAT: tuple[Operation, ...] = (
    aten.relu.default,
    aten.relu6.default,
    aten.hardtanh.default,
    aten.clamp.default,
    aten.clamp_min.default,
    aten.hardsigmoid.default,
    aten.hardswish.default,
)

AWAKE = Rules("awake", {operation: _let_through(operation) for operation in _FLAT})
"""Every activation that can be flat lets the whole gradient through."""


def before_flat(network: Network, nodes: Sequence[str]) -> tuple[str, ...]:
    """The same values, those that a flat activation made by what it made them from."""
    sources = {
        node.name: node.args[0].name
        for node in network.folded.graph.nodes
        if node.target in _FLAT and isinstance(node.args[0], fx.Node)
    }
    return tuple(sources.get(node, node) for node in nodes)
