"""What an operation reads of its inputs to compute a part of its result: the rules of cropping."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor, fx

from tapetum.network.axes import shape_of
from tapetum.network.functional import argument, aten, pair

_POINTWISE = {
    aten.batch_norm.default,
    aten.hardswish.default,
    aten.hardsigmoid.default,
    aten.clone.default,
    aten.contiguous.default,
}
_CONVOLUTIONS = (aten.conv2d.default, aten.conv2d.padding, aten.convolution.default)
_PADS = (aten.pad.default, aten.constant_pad_nd.default)


@dataclass(frozen=True, eq=False)
class Span:
    """A stretch of equal size along one axis for every position of a window: where it starts, how long."""

    starts: Int[np.ndarray, " positions"]
    size: int

    def read(self, stride: int, before: int, reach: int) -> "Span":
        """What windows with this stride and so many places each read, `before` places of padding in front."""
        return Span(self.starts * stride - before, (self.size - 1) * stride + reach)


Spans = tuple[Span, Span]


def same(some: Spans, others: Spans) -> bool:
    """Whether two parts are the same rows and columns at every position."""
    return all(
        a.size == b.size and np.array_equal(a.starts, b.starts) for a, b in zip(some, others, strict=True)
    )


@dataclass(frozen=True, eq=False)
class Need:
    """A part that is read of one value: rows, columns, and what lies outside of the value."""

    spans: Spans
    fill: float = 0.0


def needs(node: fx.Node, spans: Spans, inside: set[fx.Node]) -> dict[fx.Node, Need] | None:
    """What `node` reads of its inputs for this part of its result; None where it cannot be cropped.

    `inside` are the values that depend on the picture and can be cropped themselves.
    """
    if not isinstance(node.meta.get("val"), Tensor) or node.meta["val"].dim() != 4:
        return None
    first = node.args[0] if node.args else None
    if isinstance(first, fx.Node) and first in inside:
        window = _window(node)
        if window is not None:
            read = [s.read(*along) for s, along in zip(spans, window, strict=True)]
            return {first: Need((read[0], read[1]), -np.inf if _is_max(node) else 0.0)}
        if node.target in _PADS:
            return _padded(node, first, spans)
    return _same_places(node, spans, inside)


def computed(node: fx.Node, values: dict[fx.Node, Tensor], weights: dict[str, Tensor]) -> Tensor:
    """The part of a node's result, from the parts that it reads."""

    def given(source: fx.Node) -> Any:
        return values[source] if source in values else weights[source.name]

    arguments: Any = fx.map_arg(node.args, given)
    if node.target in _CONVOLUTIONS:
        x, weight, bias = arguments[0], arguments[1], arguments[2] if len(arguments) > 2 else None
        stride, dilation = argument(node, 3, "stride", 1), argument(node, 5, "dilation", 1)
        groups = argument(node, 8 if node.target is aten.convolution.default else 6, "groups", 1)
        return F.conv2d(x, weight, bias, pair(stride), 0, pair(dilation), groups)
    if node.target is aten.max_pool2d.default:
        stride = argument(node, 2, "stride") or arguments[1]
        return F.max_pool2d(
            arguments[0], pair(arguments[1]), pair(stride), 0, pair(argument(node, 4, "dilation", 1))
        )
    if node.target is aten.avg_pool2d.default:
        stride = argument(node, 2, "stride") or arguments[1]
        return F.avg_pool2d(arguments[0], pair(arguments[1]), pair(stride))
    if node.target in _PADS:
        found = arguments[0]
    else:
        found = node.target(*arguments, **fx.map_arg(node.kwargs, given))  # type: ignore[operator]
    assert isinstance(found, Tensor)
    return found


def _is_max(node: fx.Node) -> bool:
    return node.target is aten.max_pool2d.default


def _window(node: fx.Node) -> list[tuple[int, int, int]] | None:
    """(stride, padding in front, places that one window reaches over) along rows and columns."""
    if node.target in _CONVOLUTIONS:
        if node.target is aten.convolution.default and node.args[6]:
            return None
        weight = node.args[1]
        assert isinstance(weight, fx.Node)
        kernel = shape_of(weight)[2:]
        padding = argument(node, 4, "padding", 0)
        dilation = pair(argument(node, 5, "dilation", 1))
        reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
        if isinstance(padding, str):
            before = [(r - 1) // 2 if padding == "same" else 0 for r in reach]
        else:
            before = list(pair(padding))
        return list(zip(pair(argument(node, 3, "stride", 1)), before, reach, strict=True))
    average = node.target is aten.avg_pool2d.default
    if not (average or _is_max(node)) or argument(node, 4 if average else 5, "ceil_mode", False):
        return None
    before = list(pair(argument(node, 3, "padding", 0)))
    if average and (any(before) or argument(node, 6, "divisor_override") is not None):
        return None
    dilation = (1, 1) if average else pair(argument(node, 4, "dilation", 1))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, pair(node.args[1]), strict=True)]
    return list(zip(pair(argument(node, 2, "stride") or node.args[1]), before, reach, strict=True))


def _padded(node: fx.Node, source: fx.Node, spans: Spans) -> dict[fx.Node, Need] | None:
    amounts = node.args[1]
    constant = (
        node.target is aten.constant_pad_nd.default or argument(node, 2, "mode", "constant") == "constant"
    )
    if not constant or not isinstance(amounts, Sequence) or len(amounts) != 4:
        return None
    place = 2 if node.target is aten.constant_pad_nd.default else 3
    left, _, top, _ = (int(a) for a in amounts)  # type: ignore[arg-type]
    rows, columns = spans[0].read(1, top, 1), spans[1].read(1, left, 1)
    return {source: Need((rows, columns), float(argument(node, place, "value", 0.0) or 0.0))}


def _same_places(node: fx.Node, spans: Spans, inside: set[fx.Node]) -> dict[fx.Node, Need] | None:
    """Operations that keep every element at its place: elementwise, or moving whole channels."""
    together = node.target is aten.cat.default and argument(node, 1, "dim", 0) % 4 == 1
    together = together or (node.target is aten.flip.default and list(node.args[1]) == [1])  # type: ignore[arg-type]
    pointwise = torch.Tag.pointwise in getattr(node.target, "tags", ()) or node.target in _POINTWISE
    if not together and not pointwise:
        return None
    places = shape_of(node)[2:]
    for source in node.all_input_nodes:
        if source in inside:
            if shape_of(source)[2:] != places:
                return None
        elif source.op != "placeholder" or not _is_per_channel(source, node):
            return None
    return {source: Need(spans) for source in node.all_input_nodes if source in inside}


def _is_per_channel(weight: fx.Node, node: fx.Node) -> bool:
    shape = tuple(weight.meta["val"].shape)
    if node.target is aten.batch_norm.default:
        return len(shape) == 1
    return all(size == 1 for size in shape) or (len(shape) >= 3 and shape[-2:] == (1, 1))
