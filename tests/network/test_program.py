"""Cuts: a trunk and a head together are the whole, and saving memory never changes a value."""

import pytest
import torch
from small_networks import Plain, Residual, Reused, WritesThroughViews, noise, seeded
from torch import Tensor, nn

from tapetum.network import Network, Preparation
from tapetum.network.program import frontier, part

BATCH = noise((3, 3, 16, 16))


def _network(model: nn.Module) -> Network:
    return Network(model, Preparation(16, 16))


@pytest.mark.parametrize("form", ["faithful", "folded"])
@pytest.mark.parametrize("make", [Residual, Plain, Reused, WritesThroughViews])
def test_trunk_and_head_are_the_whole(make: type[nn.Module], form: str) -> None:
    runtime = _network(seeded(make()))._runtime
    source = runtime.capture if form == "faithful" else runtime.twin()
    names = [
        n.name
        for n in source.graph.nodes
        if n.op == "call_function" and isinstance(n.meta["val"], Tensor) and n.name != runtime.output
    ]
    assert len(names) >= 4
    bypassed = 0
    with torch.no_grad():
        (whole,) = part(source.graph, source.weights, ["picture"], [runtime.output])(BATCH)
        for name in names:
            given = [name, *frontier(source.graph, [name], [runtime.output])]
            bypassed += len(given) > 1
            for reuse in (None, "forward", "backward"):
                trunk = part(source.graph, source.weights, ["picture"], given, reuse=reuse)
                head = part(source.graph, source.weights, given, [runtime.output], reuse=reuse)
                values = trunk(BATCH)
                kept = [v.clone() if isinstance(v, Tensor) else v for v in values]
                assert torch.equal(head(*values)[0], whole), name
                for value, before in zip(values, kept, strict=True):
                    assert not isinstance(value, Tensor) or torch.equal(value, before), name
    assert bypassed if make is Residual else True


def test_a_head_does_not_compute_what_lies_before_the_layer() -> None:
    runtime = _network(seeded(Residual()))._runtime
    graph = runtime.capture.graph
    layer = next(n.name for n in graph.nodes if n.name.startswith("mul"))
    given = [layer, *frontier(graph, [layer], [runtime.output])]
    head = part(graph, runtime.capture.weights, given, [runtime.output])
    assert not any(n.name.startswith("conv2d") for n in head.graph.nodes)
    assert len(given) == 2  # the early value that the concatenation takes in


def test_impossible_cuts() -> None:
    runtime = _network(seeded(Residual()))._runtime
    capture = runtime.capture
    layer = next(n.name for n in capture.graph.nodes if n.name.startswith("mul"))
    with pytest.raises(KeyError, match="cannot be computed from"):
        part(capture.graph, capture.weights, [layer], [runtime.output])
    with pytest.raises(KeyError):
        part(capture.graph, capture.weights, ["picture"], ["nothing"])
    with pytest.raises(KeyError):
        part(capture.graph, capture.weights, ["nothing"], [runtime.output])


def test_several_values_at_once_are_not_overwritten_by_each_other() -> None:
    class Chain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            a = self.conv(x)
            b = torch.relu(a)
            c = b + 1.0
            d = c * 2.0
            e = torch.sigmoid(d.view(d.shape[0], 4, -1)).view_as(d)
            return self.fc(e.mean((2, 3)))

    runtime = _network(seeded(Chain()))._runtime
    capture = runtime.capture
    names = [
        n.name for n in capture.graph.nodes if n.op == "call_function" and isinstance(n.meta["val"], Tensor)
    ]
    with torch.no_grad():
        plain = part(capture.graph, capture.weights, ["picture"], names)(BATCH)
        for wanted in ([name] for name in names):
            (value,) = part(capture.graph, capture.weights, ["picture"], wanted, reuse="forward")(BATCH)
            assert torch.equal(value, plain[names.index(wanted[0])])
        together = part(capture.graph, capture.weights, ["picture"], names, reuse="forward")(BATCH)
    assert all(map(torch.equal, plain, together))
    used = part(capture.graph, capture.weights, ["picture"], [runtime.output], reuse="forward")
    assert any(str(n.target).split(".")[1].endswith("_") for n in used.graph.nodes if n.op == "call_function")
