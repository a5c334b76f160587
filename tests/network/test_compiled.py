"""The compiled engine: trusted only after a check, kept on disk whole, quiet on the network."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_networks import Flat, PinnedBatch, Plain, Residual, noise, seeded
from torch import Tensor, nn
from untouched import untouched

from tapetum.errors import InternalError, ModelError
from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation
from tapetum.network.compiled import compile_part

tv, timm = import_torchvision().models, import_timm()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own for every test."""
    monkeypatch.setenv("TAPETUM_CACHE", str(tmp_path))
    return tmp_path / "openvino"


def build(model: nn.Module, size: int = 16, channels: int = 3, **options: str) -> Network:
    return Network(model, Preparation(size, size, channels), **({"engine": "openvino"} | options))


def distance(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


@pytest.mark.parametrize(
    ("make", "size", "channels"),
    [
        (tv.resnet18, 64, 3),
        (lambda: timm.create_model("tf_efficientnet_lite0"), 64, 3),
        (tv.densenet121, 64, 3),
        (lambda: seeded(Flat()), 28, 1),
        (lambda: seeded(Residual()), 16, 3),
    ],
    ids=["resnet18", "lite0", "densenet121", "grey", "residual"],
)
def test_agrees_with_torch(make: Callable[[], nn.Module], size: int, channels: int) -> None:
    torch.manual_seed(0)
    model = make().eval()
    network, reference = build(model, size, channels), build(model, size, channels, engine="torch")
    layer = network.layer()
    for count in (2, 1, 5):
        batch = noise((count, channels, size, size), seed=count)
        with untouched(model, batch):
            logits, (values,), engine = network.evaluate(batch, [layer])
        theirs, (expected,), other = reference.evaluate(batch, [layer])
        assert (engine, other) == ("openvino", "torch")
        assert distance(logits, theirs) <= 1e-4
        assert distance(values, expected) <= 1e-4
        found = network.gradient(network.inputs(batch), 0, layer)
        assert found.aim.engine == "openvino"
        wanted = reference.gradient(reference.inputs(batch), 0, layer).values
        assert distance(found.values, wanted) <= 1e-3


def test_bfloat16() -> None:
    torch.manual_seed(0)
    model = tv.resnet18().eval()
    batch = noise((4, 3, 64, 64))
    exact = build(model, 64, engine="torch").evaluate(batch)[0]
    for engine in ("openvino", "torch"):
        logits, _, used = build(model, 64, engine=engine, precision="bfloat16").evaluate(batch)
        assert used == engine
        assert logits.dtype == torch.float32
        assert distance(logits, exact) <= 0.1


def test_weights_that_move_reach_the_engine() -> None:
    model = seeded(Plain())
    network, batch = build(model), noise((2, 3, 16, 16))
    assert network.predict(batch)[0].engine == "openvino"
    with torch.no_grad():
        model.conv1.weight.mul_(2.0)
    logits, _, engine = network.evaluate(batch)
    assert engine == "openvino"
    assert distance(logits, model(batch).detach()) <= 1e-4


def test_conversions_are_kept_and_used_again(cache: Path) -> None:
    model, batch = seeded(Plain()), noise((2, 3, 16, 16))
    first, _, _ = build(model).evaluate(batch)
    (place,) = cache.iterdir()
    assert {path.name for path in place.iterdir()} == {"model.xml", "model.bin"}
    written = (place / "model.bin").stat()
    again, _, _ = build(model).evaluate(batch)
    assert torch.equal(first, again)
    assert (place / "model.bin").stat().st_ino == written.st_ino
    build(seeded(Plain(), seed=1)).evaluate(batch)
    build(model).evaluate(batch, [build(model).layer()])
    assert len(list(cache.iterdir())) == 3


def test_conversions_are_compared_with_what_they_were_made_for(cache: Path) -> None:
    """A readable file of another network under this one's name fails the check, and is replaced."""
    model, batch = seeded(Plain()), noise((2, 3, 16, 16))
    build(seeded(Plain(), seed=1)).evaluate(batch)
    (other,) = cache.iterdir()
    build(model).evaluate(batch)
    (mine,) = set(cache.iterdir()) - {other}
    for name in ("model.xml", "model.bin"):
        (mine / name).write_bytes((other / name).read_bytes())
    _check_rebuilt(model, batch, mine)


@pytest.mark.parametrize(
    "damage", ["empty bin", "half a bin", "no bin", "zeros in the bin", "empty xml", "no xml in it"]
)
def test_damaged_conversions_are_made_anew(damage: str, cache: Path) -> None:
    model, batch = seeded(Plain()), noise((2, 3, 16, 16))
    build(model).evaluate(batch)
    (place,) = cache.iterdir()
    weights, text = place / "model.bin", place / "model.xml"
    whole = weights.read_bytes()
    if damage == "empty bin":
        weights.write_bytes(b"")
    elif damage == "half a bin":
        weights.write_bytes(whole[: len(whole) // 2])
    elif damage == "no bin":
        weights.unlink()
    elif damage == "zeros in the bin":
        weights.write_bytes(bytes(len(whole)))
    elif damage == "empty xml":
        text.write_text("")
    else:
        text.write_text("<net>")
    _check_rebuilt(model, batch, place)


def _check_rebuilt(model: nn.Module, batch: Tensor, place: Path) -> None:
    logits, _, engine = build(model).evaluate(batch)
    assert engine == "openvino"
    assert distance(logits, model(batch).detach()) <= 1e-4
    assert (place / "model.xml").stat().st_size > 100
    assert not list(place.parent.glob(".draft-*"))


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("TAPETUM_CACHE", str(blocked))
    model, batch = seeded(Plain()), noise((2, 3, 16, 16))
    logits, _, engine = build(model).evaluate(batch)
    assert engine == "openvino"
    assert distance(logits, model(batch).detach()) <= 1e-4


def test_old_conversions_make_room(cache: Path) -> None:
    cache.mkdir(parents=True)
    for place in range(30):
        (cache / f"old-{place:02}").mkdir()
    build(seeded(Plain())).evaluate(noise((2, 3, 16, 16)))
    kept = {path.name for path in cache.iterdir()}
    assert len(kept) == 24
    assert len([name for name in kept if not name.startswith("old-")]) == 1


def test_an_engine_that_disagrees_is_not_trusted(cache: Path) -> None:
    """The reference is an argument, so a wrong reference stands for a wrong engine."""
    network = build(seeded(Plain()))
    runtime = network._runtime
    batch = noise((2, 3, 16, 16))
    right = network(batch)
    for wrong, says in (
        (lambda few: (right * 1.001,), r"differ by 1\.0e-03 at linear"),
        (lambda few: (right * float("nan"),), "differ by nan"),
        (lambda few: (right[:, :2],), r"gives \(2, 5\).*torch \(2, 2\)"),
    ):
        with pytest.raises(InternalError, match=says):
            compile_part(runtime.twin(), [runtime.output], "f" * 32, "float32", (batch, wrong))
        assert not cache.exists()
    agreed = compile_part(
        runtime.twin(), [runtime.output], "f" * 32, "float32", (batch, lambda few: (right * 1.00001,))
    )
    assert distance(agreed(batch)[0], right) <= 1e-4


class Unusual(nn.Module):
    """Ends in an operation for which the engine has no translation."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Plain()

    def forward(self, x: Tensor) -> Tensor:
        return torch.special.i0e(self.body(x)) + torch.igamma(torch.ones(5), self.body(x).abs())


def test_what_cannot_be_converted() -> None:
    model, batch = seeded(Unusual()), noise((64, 3, 16, 16))
    with pytest.raises(InternalError, match=r"OpenVINO cannot convert this network.*Use engine='torch'"):
        build(model).evaluate(batch)
    network = build(model, engine="auto")
    with pytest.warns(RuntimeWarning, match="This network runs on torch"):
        logits, _, engine = network.evaluate(batch)
    assert engine == "torch"
    assert torch.allclose(logits, model(batch).detach(), atol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert network.evaluate(batch)[2] == "torch"


def test_auto_converts_when_there_is_enough_to_do(cache: Path) -> None:
    network = build(seeded(Plain()), engine="auto")
    batch = noise((21, 3, 16, 16))
    assert [network.evaluate(batch)[2] for _ in range(5)] == ["torch"] * 3 + ["openvino"] * 2
    assert network.predict(batch[:1])[0].engine == "openvino"
    assert network.gradient(network.inputs(batch), 0).aim.engine == "torch"
    assert network.evaluate(batch, [network.layer()])[2] == "torch"


def test_torch_alone_never_converts(cache: Path) -> None:
    network = build(seeded(Plain()), engine="torch")
    assert network.evaluate(noise((200, 3, 16, 16)))[2] == "torch"
    assert not cache.exists()


@pytest.mark.parametrize(
    "model", [seeded(Plain()).double(), seeded(PinnedBatch(1))], ids=["float64", "pinned batch"]
)
def test_networks_that_the_engine_does_not_run(model: nn.Module) -> None:
    with pytest.raises(ModelError, match="Use engine='torch'"):
        build(model)
    network = build(model, engine="auto")
    batch = noise((70, 3, 16, 16), dtype=next(model.parameters()).dtype)
    assert network.evaluate(batch)[2] == "torch"


_SCRIPT = """
import os, socket, sys, threading
sys.path[:0] = sys.argv[1:]

def refuse(*args, **kwargs):
    raise AssertionError("somebody opened a connection")

socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
from small_networks import Plain, noise, seeded
from tapetum.network import Network, Preparation
before = set(threading.enumerate())
network = Network(seeded(Plain()), Preparation(16, 16), engine="openvino")
logits, _, engine = network.evaluate(noise((2, 3, 16, 16)))
assert engine == "openvino"
started = {thread.name for thread in threading.enumerate() if thread not in before}
assert started <= {"tqdm_monitor"}, started  # torch's own, of its progress bars
import openvino, logging
assert callable(openvino.convert_model)
assert not logging.root.handlers
print(sorted(name for name in sys.modules if name.startswith("openvino_telemetry")))
print(sorted(os.listdir(os.environ["HOME"])))
"""


def test_no_telemetry(tmp_path: Path) -> None:
    """No telemetry client, thread, connection, file or word on the way."""
    home = tmp_path / "home"
    home.mkdir()
    folders = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *folders],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={"HOME": str(home), "TAPETUM_CACHE": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin"},
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    modules, files = run.stdout.splitlines()
    assert modules == "[]"
    assert files == "[]"
