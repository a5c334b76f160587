"""Compare methods: maps first, then what each map is worth, within the time that the plan gives."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from tapetum.comparison.contestant import Contestant, of_control, of_method
from tapetum.comparison.plan import OutOfTimeError, Plan, at_most
from tapetum.errors import TapetumError
from tapetum.evaluation import CONTROLS, METRICS, Case, Metric, interval
from tapetum.progress import stage
from tapetum.registry import METHODS
from tapetum.results import ComparedMetric, ComparedRow, LeftOut, Measured

_NEEDS_MASK = "it needs to know where the evidence is: see benchmarks/ground_truth.py"
_NEEDS_SUM = "asked only of methods whose values promise to sum to the score"


@dataclass(eq=False)
class _Run:
    """One comparison while it runs."""

    plan: Plan
    cases: Sequence[Case]
    stop: Callable[[], bool]
    started: float = field(default_factory=time.perf_counter)
    left_out: list[LeftOut] = field(default_factory=list)
    found: dict[tuple[str, str], Tensor] = field(default_factory=dict)

    def left(self, share: float = 1.0) -> float | None:
        """Seconds that remain of a share of the time."""
        if self.plan.seconds is None:
            return None
        return max(0.0, share * self.plan.seconds - (time.perf_counter() - self.started))

    def leave_out(self, method: str | None, metric: str | None, reason: str) -> None:
        self.left_out.append(LeftOut(method, metric, reason))

    def attempt(
        self, method: str, metric: str | None, work: Callable[[], None], seconds: float | None
    ) -> bool:
        """Do some work in at most so many seconds; False, with the reason told, where it did not succeed."""
        try:
            with at_most(seconds):
                work()
        except OutOfTimeError as error:
            self.leave_out(method, metric, f"{error}, more than a quick comparison has for it")
        except TapetumError as error:
            self.leave_out(method, metric, str(error))
        except Exception as error:  # noqa: BLE001  one method's fault must not lose the others' results
            self.leave_out(method, metric, f"failed, which is our fault: {type(error).__name__}: {error}")
        else:
            return True
        return False


def compared(
    cases: Sequence[Case],
    chosen: Sequence[tuple[str, Mapping[str, Any]]],
    plan: Plan,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[list[ComparedRow], list[ComparedMetric], list[LeftOut], list[str]]:
    """The rows and metrics of a comparison, what was left out, and what was done with fewer samples.

    Args:
        cases: pictures with their targets, in batches.
        chosen: keys of methods with their options.
        plan: how much is measured, and in which time.
        stop: asked after each step; when it says True, the comparison holds what was done so far.
    """
    run = _Run(plan, cases, stop)
    methods = [
        of_method(METHODS[key], plan.method_options(METHODS[key], options))
        for key, options in sorted(chosen, key=lambda pair: _many(METHODS[pair[0]].cost))
    ]
    contestants = [*methods, *map(of_control, CONTROLS.values())]
    with stage("Comparing", len(contestants) * (1 + len(METRICS))) as advance:
        seen = _look(run, contestants, advance)
        _measure(run, seen, advance)
    metrics = [metric for metric in METRICS.values() if any(key == metric.key for _, key in run.found)]
    places = {key: place for place, (key, _) in enumerate(chosen)}
    ordered = sorted(seen, key=lambda one: places.get(one.key, len(places)))
    rows = [_row(one, metrics, run) for one in ordered]
    return rows, [_facts(metric, plan) for metric in metrics], run.left_out, _notes(plan, chosen, metrics)


def _many(cost: str) -> bool:
    """Whether a cost names more than a pass or two: a number of samples, channels or steps."""
    return cost not in ("F", "F + B", "F + b", "F + rules")


def _look(run: _Run, contestants: Sequence[Contestant], advance: Callable[[int], None]) -> list[Contestant]:
    """Let everyone make their maps, the cheap ones first; those who did."""
    seen = []
    for place, one in enumerate(contestants):
        if run.stop():
            run.leave_out(one.key, None, "interrupted before its turn")
            continue
        left = run.left(run.plan.for_maps)
        limit = (
            None if left is None or one.method is None else min(left, 3 * left / (len(contestants) - place))
        )
        if run.attempt(one.key, None, lambda one=one: one.look(run.cases), limit):  # type: ignore[misc]
            seen.append(one)
        advance(1)
    return seen


def _measure(run: _Run, seen: Sequence[Contestant], advance: Callable[[int], None]) -> None:
    """Every metric of everyone: first those that take maps alone, then those that run methods again."""
    once = [metric for metric in METRICS.values() if metric.needs in ("case", "map", "sum")]
    again = [metric for metric in METRICS.values() if metric.needs == "method"]
    for metric in METRICS.values():
        if metric.needs == "mask":
            run.leave_out(None, metric.key, _NEEDS_MASK)
        elif metric.needs == "sum" and not all(_sums(one) for one in seen):
            run.leave_out(None, metric.key, _NEEDS_SUM)
    quickest = sorted(seen, key=lambda one: one.seconds)
    for metrics, order in ((once, list(seen)[::-1]), (again, quickest)):
        for one in order:
            for metric in metrics:
                if metric.needs != "sum" or _sums(one):
                    _measure_one(run, one, metric)
                advance(1)


def _measure_one(run: _Run, one: Contestant, metric: Metric) -> None:
    if run.stop():
        run.leave_out(one.key, metric.key, "interrupted before its turn")
        return
    options, left = run.plan.metric_options(metric), run.left()
    needs = metric.reruns(options) * one.seconds
    # A method that is run again may take as long as the slowest tenth of the time that is left.
    if left is not None and (left <= 0 or needs > 0.1 * left):
        words = (
            f"would run the method {metric.reruns(options)} more times, about {needs:.0f} s" if needs else ""
        )
        run.leave_out(one.key, metric.key, words or "the time of a quick comparison was over")
        return

    def work() -> None:
        run.found[one.key, metric.key] = one.measured(metric, options, run.cases)

    run.attempt(one.key, metric.key, work, left)


def _sums(one: Contestant) -> bool:
    return bool(one.heatmaps) and one.heatmaps[0].residual is not None


def _row(one: Contestant, metrics: Sequence[Metric], run: _Run) -> ComparedRow:
    count = sum(len(case.batch) for case in run.cases)
    measured = {}
    for metric in metrics:
        values = run.found.get((one.key, metric.key))
        if values is None:
            continue
        mean = float(values.mean())
        rivals = {key: run.found.get((key, metric.key)) for key in CONTROLS if key != one.key}
        beats = tuple(
            key
            for key, other in rivals.items()
            if other is not None and metric.is_better(mean, float(other.mean()))
        )
        measured[metric.key] = Measured(mean, interval(values), tuple(values.tolist()), beats)
    return ComparedRow(
        key=one.key,
        title=one.title,
        kind="control" if one.method is None else "method",
        passes=one.passes,
        options=dict(one.options),
        seconds=one.seconds / count,
        measured=measured,
    )


def _facts(metric: Metric, plan: Plan) -> ComparedMetric:
    return ComparedMetric(
        key=metric.key,
        title=metric.title,
        punishes=metric.punishes,
        better=metric.better,
        passes=metric.cost,
        reference=metric.reference,
        options=plan.metric_options(metric),
    )


def _notes(
    plan: Plan, chosen: Sequence[tuple[str, Mapping[str, Any]]], metrics: Sequence[Metric]
) -> list[str]:
    """What a quick comparison did with fewer samples than the default."""
    notes = []
    for key, given in chosen:
        options = plan.method_options(METHODS[key], given)
        fewer = {name: value for name, value in options.items() if name not in given}
        if fewer:
            notes.append(f"{key} ran with {_words(fewer)}")
    for metric in metrics:
        fewer = plan.metric_options(metric)
        if fewer:
            notes.append(f"{metric.key} was measured with {_words(fewer)}")
    return notes


def _words(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items())
