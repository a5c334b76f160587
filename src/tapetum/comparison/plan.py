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

_FORWARD = {"samples": 400}
_BACKWARD = {"samples": 16, "steps": 32}
"""The most that a quick comparison leaves of an option that counts passes of these kinds."""


@dataclass(frozen=True)
class Plan:
    """`seconds` for everything, of which the share `for_maps` may go into maps; None for no end."""

    quality: Quality
    seconds: float | None
    for_maps: float = 0.5

    def method_options(self, method: Method, given: Mapping[str, Any]) -> dict[str, Any]:
        """The method's options: those that were given, and fewer samples where none were.

        The registry's `quick` options come before a limit for all methods.
        """
        if self.quality == "full":
            return dict(given)
        most = _FORWARD if "B" not in method.cost and "b" not in method.cost else _BACKWARD
        fewer = {
            option.name: most[option.name]
            for option in method.options
            if option.name in most and _is_more(option.default, most[option.name])
        }
        return {**fewer, **method.quick, **given}

    def metric_options(self, metric: Metric) -> dict[str, Any]:
        """The metric's options."""
        return dict(metric.quick) if self.quality == "quick" else {}


def _is_more(default: Any, limit: int) -> bool:
    return isinstance(default, int) and not isinstance(default, bool) and default > limit


PLANS: dict[str, Plan] = {"quick": Plan("quick", 450.0), "full": Plan("full", None)}


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
    first: str | None = None
    first_over = False

    def watch(what: str, done: int, total: int) -> None:
        if inner is not None:
            inner(what, done, total)
        nonlocal first, first_over
        first = first or what
        if done >= total:
            first_over = first_over or what == first
            return
        spent = time.perf_counter() - started
        needs = spent * total / done if done and what == first and not first_over else spent
        # At the very beginning the pace still holds what is paid once.
        if spent > seconds or (needs > 1.5 * seconds and spent > 0.1 * seconds):
            raise OutOfTimeError(max(needs, spent))

    return watch
