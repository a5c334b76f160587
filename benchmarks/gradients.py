"""SmoothGrad and integrated gradients of one photograph: tapetum and captum, 32 samples each.

captum runs with several numbers of samples at once, in both memory formats; the fastest counts.
"""

import functools
import gc
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.child import python
from benchmarks.contest import NOTE, Contender, contest
from benchmarks.networks import Subject, photographs, subject
from benchmarks.settings import Answer, Explain, settings
from benchmarks.table import Row, Section
from benchmarks.timing import Effort
from tapetum.attribution import integrated_gradients, smoothgrad
from tapetum.network import Network
from tapetum.results import Heatmap

MakeOf = Callable[..., Explain]
"""Of a module and a batch, for a `target` and with so many samples `at_once`."""

NAMES = ("resnet18", "vgg16", "lite0")
_BAR = 0.8
_SAMPLES = 32
_AT_ONCE = (4, 8, 16, 32)
_SIGMA = 0.15
_MEMORY = 1024.0
_METHODS: dict[str, Callable[[Network, Tensor], Heatmap]] = {
    "SmoothGrad": lambda network, batch: smoothgrad(network, batch, samples=_SAMPLES),
    "Integrated gradients": lambda network, batch: integrated_gradients(network, batch, steps=_SAMPLES),
}


def run(names: Sequence[str] = NAMES, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One section per method."""
    rows: dict[str, list[Row]] = {"SmoothGrad": [], "Integrated gradients": []}
    for name in names:
        chosen = subject(name)
        network = chosen.network("torch")
        batch = photographs(network, 1)
        for method, contenders in (
            ("SmoothGrad", _smoothgrad(chosen, network, batch)),
            ("Integrated gradients", _integrated(chosen, network, batch)),
        ):
            rows[method] += contest(name, chosen.module, batch, contenders, effort)
            rows[method].append(_memory(name, method))
    return [Section(f"{method}, {_SAMPLES} samples", tuple(found), NOTE) for method, found in rows.items()]


def _memory(name: str, method: str) -> Row:
    """Peak memory of a first call in a process of its own, above what it held after a prediction."""
    seen = json.loads(python(["-m", "benchmarks.gradients", name, method]).output)
    return Row(name, "tapetum, memory", seen["megabytes"], unit="MiB", bar=_MEMORY)


def _held(name: str, method: str) -> float:
    network = subject(name).network("torch")
    batch = photographs(network, 1)
    network.predict(batch)
    gc.collect()
    before = _kilobytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    _METHODS[method](network, batch)
    return (_kilobytes("VmHWM") - before) / 1024


def _kilobytes(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def _smoothgrad(chosen: Subject, network: Network, batch: Tensor) -> list[Contender]:
    """Each draws its own noise, so the maps are near to each other only."""
    target = int(network(batch).argmax())

    def ours() -> Answer:
        found = smoothgrad(network, batch, target, samples=_SAMPLES, sigma=_SIGMA, reduction="sum")
        return Answer(_class(network, target), found.values)

    return [
        Contender("tapetum", {"": ours}),
        Contender("captum", _best(chosen, batch, _captum_smoothgrad, target), rival=_BAR),
    ]


def _integrated(chosen: Subject, network: Network, batch: Tensor) -> list[Contender]:
    target = int(network(batch).argmax())

    def ours() -> Answer:
        found = integrated_gradients(network, batch, target, steps=_SAMPLES)
        return Answer(_class(network, target), found.values)

    return [
        Contender("tapetum", {"": ours}),
        Contender("captum", _best(chosen, batch, _captum_integrated, target), rival=_BAR),
    ]


def _best(chosen: Subject, batch: Tensor, make: MakeOf, target: int) -> dict[str, Explain]:
    found: dict[str, Explain] = {}
    for at_once in _AT_ONCE:
        one = functools.partial(make, target=target, at_once=at_once)
        for memory, explain in settings(one, chosen.module, batch).items():
            found[f"{at_once} at once, {memory}"] = explain
    return found


def _class(network: Network, target: int) -> Tensor:
    return torch.eye(len(network.labels))[target : target + 1]


def _captum_smoothgrad(module: nn.Module, batch: Tensor, *, target: int, at_once: int) -> Explain:
    from captum.attr import NoiseTunnel, Saliency

    method = NoiseTunnel(Saliency(module))
    spread = _SIGMA * float(batch.max() - batch.min())

    def explain() -> Answer:
        maps = method.attribute(
            batch,
            nt_type="smoothgrad",
            nt_samples=_SAMPLES,
            nt_samples_batch_size=at_once,
            stdevs=spread,
            target=target,
            abs=False,
        )
        return Answer(_one_hot(module, target), maps.detach().sum(1))

    return explain


def _captum_integrated(module: nn.Module, batch: Tensor, *, target: int, at_once: int) -> Explain:
    from captum.attr import IntegratedGradients

    method = IntegratedGradients(module)

    def explain() -> Answer:
        maps = method.attribute(batch, target=target, n_steps=_SAMPLES, internal_batch_size=at_once)
        return Answer(_one_hot(module, target), maps.detach().sum(1))

    return explain


def _one_hot(module: nn.Module, target: int) -> Tensor:
    classes = [child.out_features for child in module.modules() if isinstance(child, nn.Linear)]
    return torch.eye(classes[-1])[target : target + 1]


if __name__ == "__main__":
    print(json.dumps({"megabytes": _held(sys.argv[1], sys.argv[2])}))
