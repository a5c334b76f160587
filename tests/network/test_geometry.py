"""Receptive fields against brute force, element by element, and against the numbers of the literature."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from oracles.receptive import Reach, positive
from small_networks import noise
from torch import Tensor, fx, nn

from tapetum.models.torchvision_import import import_torchvision
from tapetum.network.axes import Axis, Extent
from tapetum.network.capture import Capture, capture
from tapetum.network.geometry import extents

tv = import_torchvision().models


@pytest.mark.parametrize(
    ("make", "layer", "size", "stride"),
    [
        (tv.vgg16, "features.30", 212, 32),
        (tv.resnet50, "layer4", 427, 32),
        (tv.resnet18, "layer4", 435, 32),
        (tv.resnet18, "maxpool", 11, 4),
        (tv.resnet18, "layer1.0.conv1", 19, 4),
    ],
)
def test_sizes_of_the_literature(make: Callable[[], nn.Module], layer: str, size: int, stride: int) -> None:
    with torch.device("meta"):
        model = make().eval()
    shape = torch.export.export(model, (torch.zeros(1, 3, 224, 224, device="meta"),), strict=False)
    row = _row(shape.graph, layer)
    for axis in (row.rows, row.columns):
        assert axis is not None
        assert (axis.size, axis.stride) == (size, stride)
    assert row.exact


def _row(graph: fx.Graph, layer: str) -> Extent:
    """The extent of a module's last operation, in a graph whose batch is moved to the front."""
    own = fx.Graph()
    copies = {}
    ordered = [n for n in graph.nodes if n.name == "x"] + [n for n in graph.nodes if n.name != "x"]
    for node in ordered:
        copies[node] = own.node_copy(node, lambda old: copies[old])
    inside = [
        n
        for n in own.nodes
        if any(path == layer for path, _ in (n.meta.get("nn_module_stack") or {}).values())
    ]
    return extents(own, 224, 224)[inside[-1].name]


class Made(nn.Module):
    """A network put together from steps, each from four channels to four."""

    def __init__(self, steps: list[nn.Module]) -> None:
        super().__init__()
        self.steps = nn.ModuleList(steps)

    def forward(self, x: Tensor) -> Tensor:
        for step in self.steps:
            x = step(x)
        return x.mean((2, 3))


class Step(nn.Module):
    """A function as a module; it is named, so that a failing example can be read."""

    def __init__(self, name: str, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.name, self.function = name, function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)

    def extra_repr(self) -> str:
        return self.name


class Branch(nn.Module):
    """Two ways from the same value, joined by a sum or a concatenation."""

    def __init__(self, first: nn.Module, second: nn.Module, joined: str) -> None:
        super().__init__()
        self.first, self.second, self.joined = first, second, joined

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.first(x), self.second(x)
        rows, columns = min(a.shape[2], b.shape[2]), min(a.shape[3], b.shape[3])
        a, b = a[:, :, :rows, :columns], b[:, :, -rows:, -columns:]
        return a + b if self.joined == "add" else torch.cat([a, b], 1)[:, ::2]


class Gate(nn.Module):
    """Squeeze and excite: every channel is scaled by a number computed from all places."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.fc(F.adaptive_avg_pool2d(x, 1))


def _shuffle(x: Tensor) -> Tensor:
    batch, channels, rows, columns = x.shape
    return (
        x.view(batch, 2, channels // 2, rows, columns).transpose(1, 2).reshape(batch, channels, rows, columns)
    )


small = st.integers(1, 3)


@st.composite
def convolutions(draw: st.DrawFn) -> nn.Module:
    kernel = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    groups = draw(st.sampled_from([1, 2, 4]))
    dilation = (draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    if draw(st.booleans()) and draw(st.booleans()):
        return nn.Conv2d(4, 4, kernel, padding="same", dilation=dilation, groups=groups)
    stride = (draw(small), draw(small))
    padding = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    mode = draw(st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"]))
    return nn.Conv2d(4, 4, kernel, stride, padding, dilation, groups, padding_mode=mode)


@st.composite
def pools(draw: st.DrawFn) -> nn.Module:
    kernel = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    stride = (draw(small), draw(small))
    padding = (draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2)))
    return nn.AvgPool2d(kernel, stride, padding, ceil_mode=draw(st.booleans()))


@st.composite
def adaptive_pools(draw: st.DrawFn) -> nn.Module:
    return nn.AdaptiveAvgPool2d((draw(st.integers(2, 6)), draw(st.integers(2, 6))))


@st.composite
def layouts(draw: st.DrawFn) -> nn.Module:
    top, left = draw(st.integers(-2, 2)), draw(st.integers(-2, 2))
    bottom, right = draw(st.integers(-1, 2)), draw(st.integers(-2, 2))
    start, jump = draw(st.integers(0, 2)), draw(small)
    shift = draw(st.integers(-2, 2))
    steps = {
        "pad": lambda x: F.pad(x, (left, right, top, bottom)),
        "crop": lambda x: x[:, :, start:, : x.shape[3] - start],
        "every second": lambda x: x[:, :, ::jump, start::jump],
        "shuffle": _shuffle,
        "transpose": lambda x: x.transpose(2, 3),
        "last and back": lambda x: (x.permute(0, 2, 3, 1) * 2).permute(0, 3, 1, 2),
        "roll": lambda x: torch.roll(x, (shift, 1), (2, 3)),
        "halves": lambda x: torch.cat(torch.chunk(x, 2, 1)[::-1], 1),
        "rows in two": lambda x: torch.cat(torch.split(x, [1, x.shape[2] - 1], 2)[::-1], 2),
        "row norm": lambda x: x + x.mean(1, keepdim=True),
    }
    name = draw(st.sampled_from(sorted(steps)))
    return Step(name, steps[name])


@st.composite
def enlargements(draw: st.DrawFn) -> nn.Module:
    mode = draw(st.sampled_from(["nearest", "bilinear", "bicubic"]))
    size = (draw(st.integers(3, 14)), draw(st.integers(3, 14)))
    factor = draw(st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0]))
    aligned = None if mode == "nearest" else draw(st.booleans())
    if draw(st.booleans()):
        return Step(
            f"{mode} to {size} {aligned}", lambda x: F.interpolate(x, size, mode=mode, align_corners=aligned)
        )
    return Step(
        f"{mode} by {factor} {aligned}",
        lambda x: F.interpolate(x, scale_factor=factor, mode=mode, align_corners=aligned),
    )


simple = st.one_of(convolutions(), convolutions(), pools(), adaptive_pools(), layouts(), enlargements())
branches = st.builds(Branch, simple, simple, st.sampled_from(["add", "cat"]))
steps = st.lists(st.one_of(simple, simple, branches), min_size=1, max_size=5)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps, rows=st.integers(7, 16), columns=st.integers(7, 16))
def test_every_element_of_random_networks(steps: list[nn.Module], rows: int, columns: int) -> None:
    _check(Made([nn.Conv2d(3, 4, 1), *steps]), rows, columns)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=st.lists(convolutions(), max_size=2), after=simple, rows=st.integers(7, 12))
def test_every_element_behind_a_gate(before: list[nn.Module], after: nn.Module, rows: int) -> None:
    _check(Made([nn.Conv2d(3, 4, 1), *before, Gate(), after]), rows, 9, at_least=True)


def _check(model: Made, rows: int, columns: int, *, at_least: bool = False) -> None:
    """For every element of every value, the rules say which pixels it sees: first and last, exactly.

    Two cases may say more than the truth, never less. A gate sees what all places together see, and the
    rules call that the whole picture. And rows and columns are kept apart: where one way through a branch is
    nothing but padding in some rows, its columns count all the same.
    """
    model = positive(model)
    _assume_it_runs(model, rows, columns)
    captured = capture(model, (3, rows, columns))
    found = extents(captured.graph, rows, columns)
    maps = {name: [axis for axis in seen.axes if axis is not None] for name, seen in found.items()}
    blind = [axis.lo > axis.hi for axes in maps.values() for axis in axes]
    assume(not any(places.all() for places in blind))
    joins = any(isinstance(step, Branch) for step in model.steps)
    exact = not at_least and not (joins and any(places.any() for places in blind))
    reach = Reach(lambda batch: _values(captured, batch), rows, columns)
    checked = 0
    for name in maps.keys() & reach.values.keys():
        assert found[name].exact, name
        checked += 1
        for which, axis in enumerate(found[name].axes):
            if axis is not None:
                _compare(axis, *reach.hull(name, axis.dim, which), exact, name)
    assert checked >= len(model.steps)


def _compare(axis: Axis, lo: np.ndarray, hi: np.ndarray, exact: bool, name: str) -> None:
    nothing = lo > hi
    if exact:
        np.testing.assert_array_equal(axis.lo > axis.hi, nothing, name)
        np.testing.assert_array_equal(np.where(nothing, 0, axis.lo), np.where(nothing, 0, lo), name)
        np.testing.assert_array_equal(np.where(nothing, 0, axis.hi), np.where(nothing, 0, hi), name)
    else:
        assert (nothing | ((axis.lo <= lo) & (axis.hi >= hi))).all(), name


def _assume_it_runs(model: nn.Module, rows: int, columns: int) -> None:
    """Leave out what is too small for a kernel, or is padded by more than it has."""
    try:
        with torch.no_grad():
            answer = model(noise((2, 3, rows, columns), dtype=torch.float64))
    except (RuntimeError, ValueError):
        reject()
    assume(answer.isfinite().all())


def _values(captured: Capture, batch: Tensor) -> dict[str, Tensor]:
    """Every tensor of the graph by torch's own interpreter."""

    class Keep(fx.Interpreter):
        def run_node(self, n: fx.Node) -> object:
            kept[n.name] = super().run_node(n)
            return kept[n.name]

    kept: dict[str, object] = {}
    names = [n.name for n in captured.graph.nodes if n.op == "placeholder"][1:]
    Keep(fx.GraphModule(nn.Module(), captured.graph)).run(batch, *captured.weights.values(names))
    return {name: value for name, value in kept.items() if isinstance(value, Tensor)}
