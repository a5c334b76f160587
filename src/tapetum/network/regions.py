"""The logits of a picture with a changed window, computed where the change can be seen and nowhere else.

Early in a network few places see a small window. Which ones, is known from the geometry. Only these are
computed, for a whole batch of window positions as crops of equal size, and what they read around themselves
comes from the clean picture's values. Where crops stop to pay, they are put back into the clean values and
the rest of the network runs as always.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, fx

from tapetum.network.axes import Axis, shape_of
from tapetum.network.cost import multiply_adds
from tapetum.network.cropping import Need, Span, Spans, computed, needs, same
from tapetum.network.fold import Twin
from tapetum.network.geometry import extents
from tapetum.network.program import part
from tapetum.network.runtime import Runtime, channels_last
from tapetum.network.surroundings import plain

_TOUCH = 40
"""What writing one number costs, in multiply-adds."""


Places = tuple[Int[np.ndarray, " jobs"], Int[np.ndarray, " jobs"]]

_WORTH = 0.8
_WORTH_COMPILED = 0.3
"""Estimated share of a whole pass up to which regions are used, against whole passes on torch or compiled."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Which values are computed as crops, what each reads, and what the rest of the network starts from."""

    twin: Twin
    windows: Spans
    cropped: tuple[fx.Node, ...]
    spans: dict[fx.Node, Spans]
    reads: dict[fx.Node, dict[fx.Node, Need]]
    boundary: tuple[fx.Node, ...]
    output: str
    share: float
    """Estimated cost of one position, as a share of a pass over the whole picture."""

    @property
    def picture(self) -> fx.Node:
        """The network's input."""
        first: fx.Node = next(iter(self.twin.graph.nodes))
        return first

    @property
    def clean(self) -> list[str]:
        """The values that are read of the clean picture, besides itself; its logits last."""
        around = {
            source
            for node in self.cropped
            for source, need in self.reads[node].items()
            if not same(need.spans, self.spans[source])
        }
        read = [node.name for node in self.cropped if node in around or node in self.boundary]
        return [*read, self.output]


def plan(twin: Twin, output: str, windows: Spans) -> Plan:
    """The cheapest way to the logits for windows that start at every pair of these rows and columns."""
    picture = next(iter(twin.graph.nodes))
    spans: dict[fx.Node, Spans] = {}
    reads: dict[fx.Node, dict[fx.Node, Need]] = {}
    extent = extents(twin.graph, *shape_of(picture)[2:])
    inside = {picture}
    for node in twin.graph.nodes:
        seen = extent.get(node.name)
        if seen is None or seen.rows is None or seen.columns is None:
            continue
        if (seen.rows.dim, seen.columns.dim) != (2, 3) or len(shape_of(node)) != 4:
            continue
        spans[node] = _changed(seen.rows, windows[0]), _changed(seen.columns, windows[1])
        if node is not picture:
            found = needs(node, spans[node], inside) if seen.exact else None
            if found is None:
                del spans[node]
                continue
            reads[node] = found
            inside.add(node)
    return _cheapest(twin, output, windows, spans, reads)


def _changed(axis: Axis, window: Span) -> Span:
    """The elements that see a part of the window; equally many for every position."""
    first, last = [], []
    for start in window.starts:
        seen = np.flatnonzero((axis.lo < start + window.size) & (axis.hi >= start))
        first.append(seen[0] if len(seen) else 0)
        last.append(seen[-1] if len(seen) else 0)
    size = int((np.array(last) - np.array(first)).max()) + 1
    return Span(np.minimum(np.array(first), len(axis.lo) - size), size)


def _cheapest(
    twin: Twin,
    output: str,
    windows: Spans,
    spans: dict[fx.Node, Spans],
    reads: dict[fx.Node, dict[fx.Node, Need]],
) -> Plan:
    """Crops up to the place where going on with them costs more than the rest of the network as it is."""
    nodes = [n for n in twin.graph.nodes if n.op == "call_function" and isinstance(n.meta.get("val"), Tensor)]
    whole = {n: float(multiply_adds(n) + _TOUCH * math.prod(shape_of(n)[1:])) for n in nodes}
    total = sum(whole.values())
    best: tuple[float, list[fx.Node]] = (float(total), [])
    spent, rest, done = 0.0, float(total), []
    for node in nodes:
        if node not in reads:
            continue
        spent += _cost(node, whole[node], spans, reads)
        rest -= whole[node]
        done.append(node)
        put_back = sum(_TOUCH * math.prod(shape_of(n)[1:]) for n in _boundary(done))
        if spent + rest + put_back < best[0]:
            best = spent + rest + put_back, list(done)
    cost, cropped = best
    boundary = _boundary(cropped)
    return Plan(twin, windows, tuple(cropped), spans, reads, tuple(boundary), output, cost / total)


def _cost(
    node: fx.Node, whole: float, spans: dict[fx.Node, Spans], reads: dict[fx.Node, dict[fx.Node, Need]]
) -> float:
    rows, columns = spans[node]
    places = shape_of(node)[2] * shape_of(node)[3]
    cost = whole * rows.size * columns.size / places
    for source, need in reads[node].items():
        if not same(need.spans, spans[source]):
            cost += _TOUCH * shape_of(source)[1] * need.spans[0].size * need.spans[1].size
    return cost


def _boundary(cropped: Sequence[fx.Node]) -> list[fx.Node]:
    """The cropped values that the rest of the network reads."""
    held = set(cropped)
    return [node for node in cropped if any(user not in held for user in node.users)]


class Regions:
    """One picture under a plan: `regions(base, rows, columns)` gives logits, one for each window position.

    `clean` are the values by name that the plan asks for, of the picture as it is; `logits` are its logits,
    computed by the same arithmetic as those of the windows.
    """

    def __init__(
        self,
        made: Plan,
        picture: Float[Tensor, "1 channel rows columns"],
        clean: dict[str, Tensor],
        tail: Callable[..., tuple[Tensor, ...]],
    ) -> None:
        self.plan, self._picture, self._tail = made, picture, tail
        self._clean = {**clean, made.picture.name: picture}
        self.logits = clean[made.output]
        self._padded: dict[tuple[str, float, int], Tensor] = {}

    def __call__(
        self, base: Float[Tensor, "1 channel rows columns"], rows: Sequence[int], columns: Sequence[int]
    ) -> Float[Tensor, "jobs outputs"]:
        """Logits of the picture with `base` inside the window.

        Window k starts at the `rows[k]`-th of the plan's rows and the `columns[k]`-th of its columns.
        """
        places = np.asarray(rows), np.asarray(columns)
        values = {self.plan.picture: self._windows(base, places)}
        unread = Counter(source for node in self.plan.cropped for source in self.plan.reads[node])
        for node in self.plan.cropped:
            given = {
                source: self._brought(source, values[source], need, places)
                for source, need in self.plan.reads[node].items()
            }
            values[node] = computed(node, given, self.plan.twin.weights)
            for source in given:
                unread[source] -= 1
                if not unread[source] and source not in self.plan.boundary:
                    del values[source]
        (logits,) = self._tail(*(self._put_back(node, values[node], places) for node in self.plan.boundary))
        return logits

    def _windows(self, base: Tensor, places: Places) -> Tensor:
        """Crops of the picture with `base` in the window; at the edge they hold some places before it."""
        tall, wide = self.plan.spans[self.plan.picture]
        down, across = self.plan.windows
        found = []
        for row, column in zip(*places, strict=True):
            top, left = int(tall.starts[row]), int(wide.starts[column])
            cut = (..., slice(top, top + tall.size), slice(left, left + wide.size))
            crop = self._picture[cut].clone()
            inside = (
                ...,
                slice(int(down.starts[row]) - top, None),
                slice(int(across.starts[column]) - left, None),
            )
            crop[inside] = base[cut][inside]
            found.append(crop)
        return torch.cat(found).contiguous(memory_format=torch.channels_last)

    def _put_back(self, node: fx.Node, value: Tensor, places: Places) -> Tensor:
        sizes = shape_of(node)[2:]
        spans = [
            Span(np.zeros_like(s.starts), size) for s, size in zip(self.plan.spans[node], sizes, strict=True)
        ]
        return self._brought(node, value, Need((spans[0], spans[1])), places)

    def _brought(self, node: fx.Node, value: Tensor, need: Need, places: Places) -> Tensor:
        """Another part of a value than its crop: the crop where it reaches, the clean picture's elsewhere."""
        own = self.plan.spans[node]
        if same(own, need.spans):
            return value
        tall, wide = shape_of(node)[2:]
        edge = max(_beyond(need.spans[0], tall), _beyond(need.spans[1], wide))
        clean, across = self._surrounded(node.name, need.fill, edge), wide + 2 * edge
        (rows, in_rows), (columns, in_columns) = (
            _along(mine, wanted, place) for mine, wanted, place in zip(own, need.spans, places, strict=True)
        )
        jobs, channels, height, width = value.shape
        from_clean = (rows + edge)[:, :, None] * across + (columns + edge)[:, None, :]
        crop = (np.arange(jobs)[:, None, None] * height + in_rows[:, :, None]) * width + in_columns[
            :, None, :
        ]
        inside = ((in_rows >= 0) & (in_rows < height))[:, :, None] & (
            (in_columns >= 0) & (in_columns < width)
        )[:, None, :]
        index = torch.from_numpy(np.where(inside, len(clean) + crop, from_clean).reshape(-1))
        source = torch.cat([clean, value.permute(0, 2, 3, 1).reshape(-1, channels)])
        found = source.index_select(0, index.to(source.device))
        return found.view(jobs, need.spans[0].size, need.spans[1].size, channels).permute(0, 3, 1, 2)

    def _surrounded(self, name: str, fill: float, edge: int) -> Float[Tensor, "places channel"]:
        """The clean value with an edge around, one row for each place."""
        key = (name, fill, edge)
        if key not in self._padded:
            value = torch.nn.functional.pad(self._clean[name][0], (edge,) * 4, value=fill)
            self._padded[key] = value.permute(1, 2, 0).reshape(-1, value.shape[0])
        return self._padded[key]


def _along(own: Span, wanted: Span, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every job the places wanted along one axis, counted in the value and in the crop."""
    places = wanted.starts[place][:, None] + np.arange(wanted.size)
    return places, places - own.starts[place][:, None]


def _beyond(span: Span, size: int) -> int:
    """How far a part reaches over the edges."""
    return max(0, -int(span.starts.min()), int(span.starts.max()) + span.size - size)


Windows = Callable[[Float[Tensor, "1 channel rows columns"]], Regions]


def regions(runtime: Runtime, side: int, rows: Sequence[int], columns: Sequence[int]) -> Windows | None:
    """Regions of any picture for windows that start at these rows and columns; None where they do not pay."""
    if runtime.capture.batch is not None or runtime.precision != "float32":
        return None
    twin = runtime.twin()
    spans = Span(np.asarray(rows), side), Span(np.asarray(columns), side)
    made = plan(twin, runtime.capture.output.name, spans)
    if made.share > _WORTH:
        return None
    if made.share > _WORTH_COMPILED:
        runtime.expect(len(rows) * len(columns))
        if runtime.compiles():
            return None
    names = [node.name for node in made.boundary]
    tail = part(twin.graph, twin.weights, names, [made.output], reuse="forward")

    def of(picture: Tensor) -> Regions:
        with plain(), torch.no_grad():
            picture = channels_last(picture)
            clean = part(twin.graph, twin.weights, [made.picture.name], made.clean)(picture)
        runtime.passes["forward"] += 1
        return Regions(made, picture, dict(zip(made.clean, clean, strict=True)), tail)

    return of
