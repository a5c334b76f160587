"""Explaining: what is shared, what is kept, in which order."""

from typing import Any

import pytest
import torch
from torch import nn

import tapetum
from tapetum.errors import LayerError, PictureError, TargetError
from tapetum.network import Network, Preparation
from tapetum.progress import listening


class Small(nn.Module):
    """Two convolutions, a skip, pooling and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 8, 3, 2, 1)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 8, 3, 1, 1)
        self.head = nn.Linear(8, 4)
        self.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.norm(self.first(x)))
        x = torch.relu(self.second(x)) + x
        return self.head(x.mean((2, 3)))


@pytest.fixture
def net() -> Network:
    with torch.random.fork_rng():
        return Network(Small(), Preparation(32, 32), ["a", "b", "c", "d"], name="small")


def test_one_forward_pass_serves_everything(net: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages, the prediction and Grad-CAM of every target read one pass; so does saliency."""
    passes: list[tuple[Any, ...]] = []
    counted = torch.utils._python_dispatch.TorchDispatchMode

    class Count(counted):  # type: ignore[valid-type,misc]
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if "convolution" in str(function) and "backward" not in str(function):
                passes.append(tuple(args[0].shape))
            return function(*args, **(kwargs or {}))

    tapetum.explain(net, tapetum.sample("cat"))
    with Count():
        tapetum.explain(net, tapetum.sample("cat"), methods=["gradcam"], targets=["a", "b", "a - b"])
    assert len(passes) == 2
    passes.clear()
    with Count():
        tapetum.explain(net, tapetum.sample("cat"), methods=["gradcam", "saliency"], targets=["a", "b"])
    assert [shape[1] for shape in passes].count(3) == 1, "only one pass starts at the picture"


def test_passes_are_counted(net: Network) -> None:
    tapetum.explain(net, tapetum.sample("cat"), methods=["gradcam"], targets=["a", "b"])
    assert net.passes == {"forward": 1, "head": 2, "head backward": 2}
    net.passes.clear()
    tapetum.explain(net, tapetum.sample("cat"), methods=["gradcam", "saliency"], targets=["a", "b"])
    assert net.passes == {"forward": 1, "backward": 2, "head backward": 2}


def test_pictures_keep_their_order_across_batches(net: Network) -> None:
    names = ["cat", "astronaut", "coffee", "rocket", "flower", "temple", "cat", "coffee", "rocket", "cat"]
    told: list[tuple[str, int, int]] = []
    with listening(lambda what, done, of: told.append((what, done, of))):
        found = tapetum.explain(net, [tapetum.sample(name) for name in names])
    assert [picture.name for picture in found.pictures] == names
    assert [(done, of) for what, done, of in told if what == "Explaining"] == [(0, 10), (8, 10), (10, 10)]
    assert len(found.heatmaps[0]) == len(found.predictions) == len(found.stages) == 10
    alone = tapetum.explain(net, tapetum.sample("rocket"))
    for together, single in zip(found.heatmaps, alone.heatmaps, strict=True):
        scale = single.values.abs().max()
        assert torch.allclose(together[3].values, single.values, atol=1e-5 * float(scale))


def test_stopping_keeps_whole_batches(net: Network) -> None:
    found = tapetum.explain(net, [tapetum.sample("cat")] * 20, stop=lambda: True)
    assert len(found.pictures) == len(found.heatmaps[0]) == 8


def test_methods_come_as_keys_texts_and_pairs(net: Network) -> None:
    found = tapetum.explain(
        net,
        tapetum.sample("cat"),
        methods=["saliency:reduction=norm", ("gradcam", {"layer": "norm"}), "gradcam"],
    )
    assert [(h.method, h.layer, dict(h.options)) for h in found.heatmaps] == [
        ("saliency", None, {"reduction": "norm"}),
        ("gradcam", "norm", {}),
        ("gradcam", net.layer().name, {}),
    ]


def test_a_network_without_rows_and_columns_gets_what_applies() -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 3))
    net = Network(flat, Preparation(8, 8))
    found = tapetum.explain(net, tapetum.sample("cat"))
    assert [heatmap.method for heatmap in found.heatmaps] == ["saliency"]
    assert found.stages == ((),)
    with pytest.raises(LayerError, match="saliency"):
        tapetum.explain(net, tapetum.sample("cat"), methods=["gradcam"])


def test_wrong_wishes_are_told_before_work(net: Network) -> None:
    with pytest.raises(PictureError, match="no pictures"):
        tapetum.explain(net, [])
    with pytest.raises(TargetError):
        tapetum.explain(net, tapetum.sample("cat"), targets=["e"])
    with pytest.raises(LayerError):
        tapetum.explain(net, tapetum.sample("cat"), methods=["gradcam:layer=third"])


def test_what_the_network_saw(net: Network) -> None:
    seen = tapetum.explain(net, tapetum.sample("cat")).pictures[0]
    assert (seen.rows, seen.columns) == (300, 451)
    top, left, rows, columns = seen.frame
    assert (top, rows) == (0, 300)
    assert left == pytest.approx(75, abs=1)
    assert columns == pytest.approx(300, abs=2)
    assert seen.image.size == (round(columns), 300)
