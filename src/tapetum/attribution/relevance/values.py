"""The values of one pass through a graph, and single operations of it computed again."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from tapetum.network.axes import number


class Values:
    """What a graph's nodes were for a batch of pictures, as far as the way back needs it.

    `reference` are the values of a baseline, for methods that compare with one.
    """

    def __init__(
        self,
        found: Mapping[str, Any],
        constants: Mapping[str, Any],
        pictures: int,
        pinned: int | None = None,
        reference: "Values | None" = None,
    ) -> None:
        self._found, self._constants = dict(found), constants
        self.pictures, self.pinned, self._reference = pictures, pinned, reference

    @property
    def reference(self) -> "Values":
        """The values of the baseline."""
        assert self._reference is not None
        return self._reference

    def __getitem__(self, node: fx.Node) -> Any:
        if node.name in self._found:
            return self._found[node.name]
        if node.name in self._constants:
            return self._constants[node.name]
        return number(node.meta["val"], self.pictures)

    def of(self, value: Any) -> Any:
        """An argument of an operation: a number as it is, a node's value."""
        return self[value] if isinstance(value, fx.Node) else value

    def drop(self, node: fx.Node) -> None:
        """Let a value go that is not needed any more."""
        self._found.pop(node.name, None)
        if self._reference is not None:
            self._reference.drop(node)

    def shape(self, node: fx.Node) -> tuple[int, ...]:
        """The shape of a node's value for these pictures."""
        first, *others = (number(size, self.pictures) for size in node.meta["val"].shape)
        rows = first if self.pinned is None else first * self.pictures // self.pinned
        return rows, *others

    def call(self, node: fx.Node, given: Mapping[fx.Node, Any]) -> Any:
        """The operation of a node, computed from these values and, for the rest, from what is known."""
        if node.target is operator.getitem:
            producer, place = node.args
            assert isinstance(producer, fx.Node)
            return self.call(producer, given)[place]

        def known(source: fx.Node) -> Any:
            return given[source] if source in given else self[source]

        function: Any = node.target
        return function(*fx.map_arg(node.args, known), **fx.map_arg(node.kwargs, known))

    def pull(
        self, node: fx.Node, sources: Sequence[fx.Node], points: Sequence[Tensor], received: Tensor
    ) -> tuple[Tensor, ...]:
        """The vector-Jacobian product of one operation at these points."""
        with torch.enable_grad():
            leaves = [point.detach().requires_grad_() for point in points]
            result = self.call(node, dict(zip(sources, leaves, strict=True)))
            return torch.autograd.grad(result, leaves, received, materialize_grads=True)

    def pull_linear(self, node: fx.Node, sources: Sequence[fx.Node], received: Tensor) -> tuple[Tensor, ...]:
        """The same for an operation that is linear in these sources, so that the point does not matter."""
        points = [received.new_empty(self.shape(source)) for source in sources]
        return self.pull(node, sources, points, received)
