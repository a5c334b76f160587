"""The network as a ribbon: its layers gathered into about a dozen stages, in execution order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from torch import fx

from tapetum.network.layers import Layer, leading_to_output

_MOST = 12
_FEW = 5
_LEVELS = 6
_MOVING = ("pad", "constant_pad_nd", "flip")
"""Kinds of layers that compute nothing."""


@dataclass(frozen=True)
class Stage:
    """A stretch of the network: what people call it, and the layer whose output it hands on."""

    title: str
    layer: Layer


def levels(graph: fx.Graph, layers: Sequence[Layer], last: Layer) -> list[Stage]:
    """A few layers on the way to one, which comes last, for whoever walks back from it.

    In a small network these are the values that convolutions read; otherwise stages: all, or of many the
    first, and the last of each size.
    """
    order = {node.name: place for place, node in enumerate(graph.nodes)}
    found = stages(graph, layers)
    named = next((stage.title for stage in found if stage.layer.node == last.node), last.name)
    before = [stage for stage in found if order[stage.layer.node] < order[last.node]]
    fine = [layer for layer in _read_by_convolutions(graph, layers) if order[layer.node] < order[last.node]]
    if len(before) < len(fine) < _LEVELS:
        before = [Stage(layer.name, layer) for layer in fine]
    whole = [*before, Stage(named, last)]
    if len(whole) <= _LEVELS:
        return whole
    following = [*whole[1:], None]
    return [
        stage
        for stage, after in zip(whole, following, strict=True)
        if stage is whole[0] or after is None or after.layer.shape[1:] != stage.layer.shape[1:]
    ]


def _read_by_convolutions(graph: fx.Graph, layers: Sequence[Layer]) -> list[Layer]:
    """The layers of several positions that some convolution on the way to the verdict reads."""
    on_way = leading_to_output(graph)
    read = {node.args[0] for node in on_way if node.op == "call_function" and "conv" in str(node.target)}
    found: dict[str, Layer] = {}
    for layer in layers:
        if layer.spatial and layer.stride is not None:
            found.setdefault(layer.node, layer)
    return [found[node.name] for node in graph.nodes if node in read and node.name in found]


@dataclass
class _Group:
    """Neighbouring layers that become one stage."""

    layers: list[Layer]
    convolutions: int
    block: bool
    """Whether a module with several convolutions is among them."""

    @property
    def last(self) -> Layer:
        return self.layers[-1]

    @property
    def size(self) -> tuple[int, ...]:
        return self.last.shape[1:]


def stages(graph: fx.Graph, layers: Sequence[Layer]) -> list[Stage]:
    """Stages with rows and columns, from the first to the last before pooling.

    Top-level modules are the first guess. While there are few, the one with most convolutions is opened; what
    has at most one convolution joins its neighbours of the same size; too many stages are gathered by size.
    """
    on_way = {node.name for node in leading_to_output(graph)}
    # Tokens have no receptive field to show, and their blocks no convolutions to be gathered by.
    spatial = [
        layer
        for layer in layers
        if layer.spatial and layer.stride is not None and layer.node in on_way and layer.kind not in _MOVING
    ]
    groups = _gathered([_group(layer, spatial) for layer in _top(spatial)])
    while len(groups) < _FEW:
        openable = [
            g for g in groups if len(g.layers) == 1 and g.block and len(_children(g.last, spatial)) > 1
        ]
        if not openable:
            break
        widest = max(openable, key=lambda g: g.convolutions)
        place = groups.index(widest)
        inside = [_group(child, spatial) for child in _children(widest.last, spatial)]
        groups = _gathered([*groups[:place], *inside, *groups[place + 1 :]])
    if len(groups) > _MOST:
        groups = _joined_by_size(groups)
    order = {node.name: place for place, node in enumerate(graph.nodes)}
    found: dict[str, Stage] = {}
    for place, group in enumerate(groups):
        last = max(group.layers, key=lambda layer: order[layer.node])
        found.setdefault(last.node, Stage(_title(group, place, len(groups)), last))
    return sorted(found.values(), key=lambda stage: order[stage.layer.node])


def _group(layer: Layer, layers: Sequence[Layer]) -> _Group:
    inside = [layer, *(other for other in layers if _holds(layer, other))]
    convolutions = sum(other.kind.startswith("conv") and not other.container for other in inside)
    return _Group([layer], convolutions, convolutions > 1)


def _top(layers: Sequence[Layer]) -> list[Layer]:
    """The layers that no other one holds."""
    holders = {layer.name for layer in layers if layer.container}
    return [layer for layer in layers if not any(prefix in holders for prefix in _prefixes(layer.name))]


def _prefixes(name: str) -> list[str]:
    return [name[: gap.start()] for gap in re.finditer(r"[./]", name)]


def _children(container: Layer, layers: Sequence[Layer]) -> list[Layer]:
    return _top([layer for layer in layers if _holds(container, layer)])


def _holds(container: Layer, layer: Layer) -> bool:
    return layer.name.startswith((container.name + ".", container.name + "/"))


def _gathered(groups: Sequence[_Group]) -> list[_Group]:
    """What has at most one convolution joins the group before it, if that is at the same size.

    A stem of one convolution also takes in the pooling behind it.
    """
    out: list[_Group] = []
    for group in groups:
        before = out[-1] if out else None
        stem = len(out) == 1 and out[0].convolutions == 1 and group.convolutions == 0
        if before is not None and not (group.block or before.block) and (before.size == group.size or stem):
            out[-1] = _joined(before, group)
        else:
            out.append(group)
    return out


def _joined(first: _Group, second: _Group) -> _Group:
    convolutions = first.convolutions + second.convolutions
    return _Group([*first.layers, *second.layers], convolutions, first.block or second.block)


def _joined_by_size(groups: Sequence[_Group]) -> list[_Group]:
    out: list[_Group] = []
    for group in groups:
        if out and out[-1].size == group.size:
            out[-1] = _joined(out[-1], group)
        else:
            out.append(group)
    return out


def _title(group: _Group, place: int, count: int) -> str:
    """`blocks.3` → block 3, `layer4` → layer 4; single layers in a row have no name of their own."""
    if not group.block:
        if place == 0:
            return "stem"
        if place == count - 1:
            return "head"
        if len(group.layers) > 1 and not any(layer.container for layer in group.layers):
            return f"block {place + 1}"
    parts = re.split(r"[./]", group.last.name.split("#")[0].lstrip("/"))
    last = parts[-1]
    if last.isdigit() and len(parts) > 1:
        return f"{parts[-2].removesuffix('s')} {last}"
    split = re.fullmatch(r"([A-Za-z_]{3,}?)_?(\d+)", last)
    return f"{split[1]} {split[2]}" if split else last
