"""Inside the network: the values of all layers, their sheets and the journey, beside plain forward hooks."""

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

import tapetum
from benchmarks.child import python
from benchmarks.networks import Subject, photographs, subject
from benchmarks.table import Row, Section
from benchmarks.timing import Effort, Times, race
from tapetum.network import Network

NAMES = ("resnet18", "vgg16", "lite0")
_BAR = 1.2
"""Of the time of forward hooks that keep a correct copy of the same values."""
_NOTE = """One photograph, float32. Values are ratios of medians to eager model(x). Hooks copy what they see:
an in-place operation changes it afterwards. Apart: the largest difference between both, relative to the
largest value of the layer. MB more: how much the peak of a fresh process grew while it did this once."""

_MEMORY = Path("/proc/self/status")

Run = Callable[[], object]


def run(names: Sequence[str] = NAMES, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One section: time and memory of each way, and tapetum's time against that of hooks."""
    rows: list[Row] = []
    for name in names:
        chosen = subject(name)
        ways = _ways(chosen)
        times = race(ways, effort)
        eager = times["eager model(x)"]
        rows += [_row(name, way, times[way], eager, _more(name, way)) for way in ways]
        ratio = times["tapetum, values"].median / times["hooks, copied"].median
        rows.append(Row(name, "tapetum, values / hooks", ratio, bar=_BAR, facts=(("apart", _apart(chosen)),)))
    return [Section("All layers of one picture", tuple(rows), _NOTE)]


def _ways(chosen: Subject) -> dict[str, Run]:
    network = chosen.network("torch")
    batch = photographs(network, 1)
    layers = _layers(chosen, network)
    cat = tapetum.sample("cat")
    return {
        "eager model(x)": torch.no_grad()(lambda: chosen.module(batch)),
        "hooks, copied": lambda: hooked(chosen.module, batch, layers),
        "tapetum, values": lambda: network.activations(batch, layers),
        "tapetum, feature_maps": lambda: tapetum.feature_maps(network, batch, layers),
        "tapetum, journey": lambda: tapetum.journey(network, cat),
        "tapetum, journey drawn": lambda: tapetum.journey(network, cat).draw(),
    }


def _layers(chosen: Subject, network: Network) -> list[str]:
    """The layers that hooks can see too: modules without modules inside, called once."""
    modules = dict(chosen.module.named_modules())
    names = {layer.name for layer in network.layers}
    return [
        layer.name
        for layer in network.layers
        if layer.name in modules
        and not list(modules[layer.name].children())
        and layer.kind != "dropout"
        and f"{layer.name}#2" not in names
    ]


@torch.no_grad()
def hooked(module: nn.Module, batch: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
    """The same values by forward hooks on the plain module."""
    found: dict[str, Tensor] = {}
    handles = [
        module.get_submodule(name).register_forward_hook(
            lambda _, __, output, name=name: found.__setitem__(name, output.clone())
        )
        for name in layers
    ]
    try:
        module(batch)
    finally:
        for handle in handles:
            handle.remove()
    return found


def _apart(chosen: Subject) -> str:
    network = chosen.network("torch")
    batch = photographs(network, 1)
    layers = _layers(chosen, network)
    theirs, ours = hooked(chosen.module, batch, layers), network.activations(batch, layers)
    apart = {name: (ours[name] - theirs[name]).abs().max() / ours[name].abs().max() for name in layers}
    return f"{max(map(float, apart.values())):.0e}"


def _row(subject: str, way: str, times: Times, base: Times, more: str) -> Row:
    facts = (
        ("median ms", f"{times.median * 1e3:.1f}"),
        ("by least", f"{times.minimum / base.minimum:.2f}"),
        ("calm", times.calm),
        ("MB more", more),
    )
    return Row(subject, way, times.median / base.median, facts=facts)


def _more(name: str, way: str) -> str:
    """Megabytes by which the peak of a fresh process grows; Linux tells."""
    if not _MEMORY.exists():
        return "unknown"
    return f"{float(python(['-m', 'benchmarks.inside', name, way]).output):.0f}"


def _one(name: str, way: str) -> float:
    """In the child: everything is made ready, and then done once."""
    ways = _ways(subject(name))
    ways["eager model(x)"]()
    gc.collect()
    # From here on the system counts the peak anew; what was needed to load the network is not in it.
    _MEMORY.with_name("clear_refs").write_text("5")
    before = _resident("VmRSS")
    kept = ways[way]()
    more = _resident("VmHWM") - before
    del kept
    return more


def _resident(name: str) -> float:
    """Megabytes of memory that the system has counted for this process under this name."""
    line = next(one for one in _MEMORY.read_text().splitlines() if one.startswith(name))
    return int(line.split()[1]) / 1e3


if __name__ == "__main__":
    print(_one(*sys.argv[1:]))
