"""One contest: contenders on one network and one batch, against the plain eager forward pass."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.settings import Answer, Explain
from benchmarks.table import Row
from benchmarks.timing import Effort, Times, race

NOTE = """Values are ratios of medians to eager model(x), float32, contiguous, without autograd; by least: of
the fastest turns. Calm: turns in which other programs took at most 5 % of a core; the others count only where
these are fewer than 3. Apart: largest difference to tapetum, relative to the map's largest value."""


def _as_it_is(maps: Tensor) -> Tensor:
    return maps


@dataclass(frozen=True, eq=False)
class Contender:
    """One way to do the work, in one or several settings of which the fastest counts.

    `comparable` turns tapetum's raw maps into what this contender returns; `bar` is for its time against
    eager, `rival` for the time of the first contender against its own.
    """

    name: str
    settings: Mapping[str, Explain]
    comparable: Callable[[Tensor], Tensor] = _as_it_is
    bar: float | None = None
    rival: float | None = None


def contest(
    name: str, module: nn.Module, batch: Tensor, contenders: Sequence[Contender], effort: Effort
) -> list[Row]:
    """Rows of ratios: every contender to eager, then the first contender to the others."""

    @torch.no_grad()
    def eager() -> Tensor:
        logits: Tensor = module(batch)
        return logits

    runs = {f"{c.name}, {setting}": run for c in contenders for setting, run in c.settings.items()}
    times = race({"eager": eager, **runs}, effort)
    chosen = {c.name: min(c.settings, key=lambda s, c=c: times[f"{c.name}, {s}"].median) for c in contenders}
    best = {c.name: times[f"{c.name}, {chosen[c.name]}"] for c in contenders}
    answers = {c.name: c.settings[chosen[c.name]]() for c in contenders}
    first = contenders[0].name
    rows = [_row(name, "eager model(x)", times["eager"], times["eager"])]
    for c in contenders:
        facts = (*_difference(answers[first], answers[c.name], c.comparable), ("setting", chosen[c.name]))
        rows.append(_row(name, c.name, best[c.name], times["eager"], c.bar, facts))
    rows += [
        _row(name, f"{first} / {c.name}", best[first], best[c.name], c.rival)
        for c in contenders
        if c.rival is not None
    ]
    return rows


def _row(
    subject: str,
    what: str,
    times: Times,
    base: Times,
    bar: float | None = None,
    facts: tuple[tuple[str, str], ...] = (),
) -> Row:
    measured = (
        ("by least", f"{times.minimum / base.minimum:.2f}"),
        ("median ms", f"{times.median * 1e3:.1f}"),
        ("calm", times.calm),
    )
    return Row(subject, what, times.median / base.median, bar=bar, facts=(*measured, *facts))


def _difference(
    ours: Answer, theirs: Answer, comparable: Callable[[Tensor], Tensor]
) -> tuple[tuple[str, str], ...]:
    """The largest difference of the maps relative to the largest value, where both predict the same class."""
    same = ours.logits.argmax(1) == theirs.logits.argmax(1)
    expected = comparable(ours.maps[same])
    apart = float((expected - theirs.maps[same]).abs().max() / expected.abs().max())
    return ("apart", f"{apart:.0e}"), ("same class", f"{int(same.sum())} of {len(same)}")
