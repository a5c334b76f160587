"""What a rule says about one element of a value: the terms it is computed from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int
from torch import Tensor, fx

from tapetum.network.axes import number, numbers

Index = tuple[int, ...]
"""One element of a tensor, the batch dimension included."""

Axes = Sequence[Int[np.ndarray, " _"] | Sequence[int]]
"""Places along each dimension of a tensor."""


@dataclass(frozen=True, eq=False)
class Terms:
    """Elements of one value, and what each of them contributes: factor × value, unless `factors` is None.

    An index outside of the value is padding, whose value is 0. `factor_node` and `factor_index` tell where
    factors come from that are no weights, element by element.
    """

    node: fx.Node
    index: Int[np.ndarray, "n dims"]
    values: Float64[np.ndarray, " n"]
    factors: Float64[np.ndarray, " n"] | None
    products: Float64[np.ndarray, " n"]
    factor_node: fx.Node | None = None
    factor_index: Int[np.ndarray, "n factor_dims"] | None = None


@dataclass(frozen=True, eq=False)
class Sum:
    """One element written out: `function` of the sum of all terms and constants, which is `total`.

    `formula` says it in signs; `facts` are numbers of the formula that are no terms, such as a deviation.
    """

    formula: str
    terms: Sequence[Terms]
    total: float
    constants: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)
    function: str | None = None


class Reading:
    """One operation with its arguments as they are for one picture."""

    def __init__(self, node: fx.Node, value: Callable[[fx.Node], Tensor], seen: Callable[[fx.Node], bool]):
        self.node, self.value, self.seen = node, value, seen

    def of(self, node: fx.Node) -> "Reading":
        """The same picture, another operation."""
        return Reading(node, self.value, self.seen)

    def raw(self, place: int, name: str = "", default: Any = None) -> Any:
        """An argument as the graph holds it."""
        return self.node.args[place] if len(self.node.args) > place else self.node.kwargs.get(name, default)

    def given(self, place: int, name: str = "", default: Any = None) -> Any:
        """An argument with values in place of nodes."""
        return self.resolved(self.raw(place, name, default))

    def resolved(self, argument: Any) -> Any:
        """Any nested argument with values in place of nodes: tensors, or plain numbers for sizes."""
        return fx.map_arg(argument, lambda node: self.value(node) if is_tensor(node) else size(node))

    def source(self, place: int = 0) -> fx.Node:
        """The value that stands at this argument."""
        found = self.raw(place)
        assert isinstance(found, fx.Node)
        return found

    def shape(self, node: fx.Node) -> tuple[int, ...]:
        """The shape of a value in the graph, for one picture or for as many as it is pinned to."""
        return numbers(node.meta["val"].shape, 1)

    def weighted(
        self,
        node: fx.Node,
        axes: Axes,
        factors: Any = 1.0,
    ) -> Terms:
        """The elements at every combination of these places along each dimension, times factors."""
        grids = np.meshgrid(*(np.asarray(axis, int) for axis in axes), indexing="ij")
        index = np.stack([grid.reshape(-1) for grid in grids], 1)
        values = elements(self.value(node), index)
        weights = np.broadcast_to(np.asarray(factors, float), grids[0].shape).reshape(-1)
        return Terms(node, index, values, weights, weights * values)


Rule = Callable[[Reading, Index], Sum]


def is_tensor(node: fx.Node) -> bool:
    """Whether a node's value is one tensor."""
    return isinstance(node.meta.get("val"), Tensor)


def size(node: fx.Node) -> Any:
    """A node that stands for a size, as the number it is for one picture."""
    return number(node.meta["val"], 1)


def elements(value: Tensor, index: Int[np.ndarray, "n dims"]) -> Float64[np.ndarray, " n"]:
    """These elements in double precision; 0 for those outside."""
    shape = np.array(value.shape)
    inside = ((index >= 0) & (index < shape)).all(1)
    safe = np.clip(index, 0, shape - 1)
    found = value[tuple(torch.from_numpy(column).to(value.device) for column in safe.T)]
    return np.asarray(np.where(inside, found.double().cpu().numpy(), 0.0))


def element(value: Tensor, at: Index) -> float:
    """One element in double precision."""
    return float(value[at].double())


def broadcast(at: Index, shape: Sequence[int]) -> Index:
    """The element of an operand that an element of an elementwise result reads."""
    return tuple(0 if n == 1 else i for i, n in zip(at[len(at) - len(shape) :], shape, strict=True))
