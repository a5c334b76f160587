"""Capture: seconds and memory from a module to a network that answers, each network in a fresh process."""

import contextlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import torch

from benchmarks.child import python
from benchmarks.networks import CAPTURED, subject
from benchmarks.table import Row, Section
from benchmarks.timing import Effort

_BAR = 3.0
_STEPS = ("export", "check", "fold")


def run(names: Sequence[str] = CAPTURED, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One row per network."""
    rows = []
    for name in names:
        seen = [json.loads(python(["-m", "benchmarks.capture", name]).output) for _ in range(_rounds(effort))]
        facts = min(seen, key=lambda run: run["seconds"])
        shown = tuple((step, f"{facts[step]:.2f}") for step in ("build", *_STEPS, "again"))
        memory = (("MB more", f"{facts['megabytes']:.0f}"), ("MB weights", f"{facts['weights']:.0f}"))
        rows.append(Row(name, "capture + fold", facts["seconds"], "s", _BAR, (*shown, *memory)))
    note = "the fastest of fresh processes; build is not counted; again: a second capture in the same process"
    return [Section("Capture", tuple(rows), note)]


def _rounds(effort: Effort) -> int:
    return 3 if effort.rounds >= 5 else 1


def _one(name: str) -> dict[str, float]:
    """In the child: build, capture, fold."""
    from tapetum.network import capture, runtime

    begin = time.perf_counter()
    chosen = subject(name)
    build = time.perf_counter() - begin
    weights = sum(p.numel() * p.element_size() for p in chosen.module.parameters()) / 1e6
    example = torch.zeros(1, 3, chosen.side, chosen.side)
    before = _peak()
    steps: dict[str, float] = {}
    with (
        _clocked(capture, "exported", "export", steps),
        _clocked(capture, "_difference", "check", steps),
        _clocked(runtime, "fold", "fold", steps),
    ):
        begin = time.perf_counter()
        chosen.network("torch").predict(example)
        seconds = time.perf_counter() - begin
    begin = time.perf_counter()
    chosen.network("torch").predict(example)
    again = time.perf_counter() - begin
    return {
        "build": build,
        "seconds": seconds,
        "again": again,
        "weights": weights,
        "megabytes": _peak() - before,
        **steps,
    }


@contextlib.contextmanager
def _clocked(place: ModuleType, name: str, step: str, steps: dict[str, float]) -> Iterator[None]:
    """Time one function of the package while it is used."""
    original: Callable[..., Any] = getattr(place, name)

    def timed(*arguments: Any, **options: Any) -> Any:
        begin = time.perf_counter()
        try:
            return original(*arguments, **options)
        finally:
            steps[step] = steps.get(step, 0.0) + time.perf_counter() - begin

    setattr(place, name, timed)
    try:
        yield
    finally:
        setattr(place, name, original)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1])))
