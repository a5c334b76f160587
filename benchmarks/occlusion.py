"""Occlusion: tapetum and captum, 25 × 25 positions of a 32-pixel window over the same photograph."""

import time
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.contest import NOTE, Contender, contest
from benchmarks.networks import Subject, photographs, subject
from benchmarks.settings import Answer, Explain, settings
from benchmarks.table import Row, Section
from benchmarks.timing import Effort
from tapetum.attribution import occlusion
from tapetum.network import Network

NAMES = ("resnet18", "vgg16", "lite0")
_BARS = {"resnet18": 0.6, "vgg16": 0.5, "lite0": 0.35}
_SIDE, _STEP = 32, 8
_TOGETHER = (4, 8, 16)
"""Positions that captum is asked to evaluate in one pass."""


def run(names: Sequence[str] = NAMES, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One section. A turn of captum takes up to a minute, so there are three rounds and no more."""
    rows: list[Row] = []
    for name in names:
        chosen = subject(name)
        networks = {engine: chosen.network(engine) for engine in ("torch", "openvino")}
        batch = photographs(networks["torch"], 1)
        ours = [
            Contender(f"tapetum, {words}", {"": _tapetum(networks[engine], batch)})
            for engine, words in (("torch", "torch"), ("openvino", "compiled"))
        ]
        captum = Contender("captum", _fastest(chosen, batch), rival=_BARS.get(name))
        found = contest(name, chosen.module, batch, [*ours, captum], Effort(1, effort.seconds))
        values = {row.what: row.value for row in found}
        compiled = values["tapetum, compiled"] / values["captum"]
        rows += [*found, Row(name, "tapetum, compiled / captum", compiled, bar=_BARS.get(name))]
    note = (
        "captum's setting is the fastest of six on a ninth of the positions; the mean window is the baseline."
    )
    return [Section("Occlusion, 25 × 25 positions, one picture", tuple(rows), f"{NOTE}\n{note}")]


def _tapetum(network: Network, batch: Tensor) -> Explain:
    logits = network(batch)

    def explain() -> Answer:
        return Answer(logits, occlusion(network, batch, window=_SIDE, stride=_STEP).values)

    return explain


def _fastest(chosen: Subject, batch: Tensor) -> dict[str, Explain]:
    """The fastest setting of captum, found with a step three times as long."""
    seconds = {}
    for together in _TOGETHER:
        trials = settings(partial(_captum, 3 * _STEP, together), chosen.module, batch)
        for memory, trial in trials.items():
            begin = time.perf_counter()
            trial()
            seconds[together, memory] = time.perf_counter() - begin
    together, memory = min(seconds, key=lambda key: seconds[key])
    made = settings(partial(_captum, _STEP, together), chosen.module, batch)
    return {f"{together} at once, {memory}": made[memory]}


def _captum(step: int, together: int, module: nn.Module, batch: Tensor) -> Explain:
    from captum.attr import Occlusion

    method = Occlusion(module)
    with torch.no_grad():
        logits = module(batch)

    @torch.no_grad()
    def explain() -> Answer:
        maps = method.attribute(
            batch,
            (3, _SIDE, _SIDE),
            strides=(3, step, step),
            target=logits.argmax(1),
            perturbations_per_eval=together,
        )
        return Answer(logits, maps[:, 0])

    return explain
