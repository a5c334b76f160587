"""How much is measured: everything, or what fits into a time."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from tapetum.evaluation import Metric
from tapetum.progress import listener, listening
from tapetum.registry import Method

Quality = Literal["quick", "full"]


@dataclass(frozen=True)
class Plan:
    """`seconds` for everything, of which `for_maps` may go into the maps alone; None for as long as it takes.

    `samples` is the most that an option which counts samples is left at; a method's own `quick` options come
    before it.
    """

    quality: Quality
    seconds: float | None
    for_maps: float = 0.5
    samples: Mapping[str, int] | None = None

    def method_options(self, method: Method, given: Mapping[str, Any]) -> dict[str, Any]:
        """The method's options: those that were given, and fewer samples where none were."""
        if self.quality == "full":
            return dict(given)
        fewer = {
            option.name: self.samples[option.name]
            for option in method.options
            if self.samples
            and option.name in self.samples
            and _is_more(option.default, self.samples[option.name])
        }
        return {**fewer, **method.quick, **given}

    def metric_options(self, metric: Metric) -> dict[str, Any]:
        """The metric's options."""
        return dict(metric.quick) if self.quality == "quick" else {}


def _is_more(default: Any, limit: int) -> bool:
    return isinstance(default, int) and not isinstance(default, bool) and default > limit


PLANS: dict[str, Plan] = {
    "quick": Plan(
        "quick",
        450.0,
        samples={
            "samples": 32,
            "steps": 16,
            "masks": 500,
            "iterations": 60,
            "perturbations": 200,
            "designs": 8,
            "grid": 8,
        },
    ),
    "full": Plan("full", None),
}


class OutOfTimeError(Exception):
    """A computation that would take longer than it may. `needs` is how long, as far as that can be told."""

    def __init__(self, needs: float) -> None:
        super().__init__(f"needs about {needs:.0f} s")
        self.needs = needs


@contextmanager
def at_most(seconds: float | None) -> Iterator[None]:
    """Inside, a computation that tells its progress ends with OutOfTimeError where it would take longer.

    It ends when the time is over, or as soon as its first stage, at the pace seen so far, cannot make it.
    """
    if seconds is None:
        yield
        return
    with listening(_watching(seconds)):
        yield


def _watching(seconds: float) -> Callable[[str, int, int], None]:
    inner, started = listener(), time.perf_counter()
    outermost: list[str] = []

    def watch(what: str, done: int, total: int) -> None:
        if inner is not None:
            inner(what, done, total)
        if not outermost:
            outermost.append(what)
        if done >= total:
            return
        spent = time.perf_counter() - started
        needs = spent * total / done if done and what == outermost[0] else spent
        # At the very beginning the pace still holds what is paid once.
        if spent > seconds or (needs > 1.5 * seconds and spent > 0.1 * seconds):
            raise OutOfTimeError(max(needs, spent))

    return watch
