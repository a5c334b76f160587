"""Interleaved timing: every contender has one turn per round, in another order each time."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.calm import Disturbance

Run = Callable[[], object]

_TURN = 0.2
_FEW = 3


@dataclass(frozen=True)
class Effort:
    """How long a race lasts: until everyone has had `rounds` calm turns, or until `seconds` are spent.

    In any case everyone has `least` turns.
    """

    rounds: int = 7
    seconds: float = 75.0
    least: int = 3


@dataclass(frozen=True)
class Turn:
    """Median seconds of the calls of one turn, and whether other programs let it run alone."""

    seconds: float
    calm: bool


@dataclass(frozen=True)
class Times:
    """All turns of one contender. Only calm ones count, where there are enough of them."""

    turns: tuple[Turn, ...]

    @property
    def counted(self) -> tuple[float, ...]:
        calm = tuple(turn.seconds for turn in self.turns if turn.calm)
        return calm if len(calm) >= _FEW else tuple(turn.seconds for turn in self.turns)

    @property
    def median(self) -> float:
        return statistics.median(self.counted)

    @property
    def minimum(self) -> float:
        return min(turn.seconds for turn in self.turns)

    @property
    def calm(self) -> str:
        """How many of the turns were calm, in words."""
        return f"{sum(turn.calm for turn in self.turns)} of {len(self.turns)}"


def race(contenders: Mapping[str, Run], effort: Effort) -> dict[str, Times]:
    """Time all contenders against each other: drift of the machine meets each of them alike."""
    for run in contenders.values():
        run()
    gc.collect()
    order = list(contenders)
    shuffle = random.Random(0).shuffle
    turns: dict[str, list[Turn]] = {name: [] for name in order}
    started = time.perf_counter()
    while not _enough(turns, effort, time.perf_counter() - started):
        shuffle(order)
        for name in order:
            turns[name].append(_turn(contenders[name]))
    return {name: Times(tuple(taken)) for name, taken in turns.items()}


def _enough(turns: Mapping[str, list[Turn]], effort: Effort, spent: float) -> bool:
    if min(map(len, turns.values())) < effort.least:
        return False
    return spent > effort.seconds or all(
        sum(turn.calm for turn in taken) >= effort.rounds for taken in turns.values()
    )


def _turn(run: Run) -> Turn:
    """Calls for a fifth of a second, at least one."""
    disturbance = Disturbance()
    seconds: list[float] = []
    while sum(seconds) < _TURN:
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return Turn(statistics.median(seconds), disturbance.calm())
