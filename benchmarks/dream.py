"""Dreams of one and of four megapixels in a fresh process: how long, and how much memory at most."""

import json
from collections.abc import Sequence

from benchmarks.child import python
from benchmarks.table import Row, Section
from benchmarks.timing import Effort

NAMES = ("lite0",)
_SIDES = {"1 megapixel": 1224, "4 megapixels": 2449}
_BAR = 1000.0


def run(names: Sequence[str] = NAMES, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One run each: a dream of four megapixels takes two minutes."""
    base = python(["-m", "tapetum", "predict", "sample:temple", "--engine", "torch"]).megabytes
    rows = [row for what, side in _SIDES.items() for row in _measured(what, side, base)]
    note = (
        "the sample temple with the default objective, 4 octaves × 1.4, 10 steps each; 768 MiB for a window\n"
        "memory is the peak of the process, and above that of a prediction"
    )
    return [Section("Dreams on lite0", tuple(rows), note)]


def _measured(what: str, side: int, base: float) -> list[Row]:
    arguments = ["dream", "sample:temple", "--side", str(side), "--engine", "torch", "--json"]
    finished = python(["-m", "tapetum", *arguments])
    found = json.loads(finished.output)
    size = f"{found['columns']} × {found['rows']}"
    facts = (("pixels", size), ("windows", " × ".join(map(str, found["windows"][::-1]))))
    return [
        Row(what, "from call to picture", finished.seconds, "s", None, facts),
        Row(what, "dreaming alone", found["seconds"], "s"),
        Row(what, "peak memory", finished.megabytes, "MB"),
        Row(what, "peak memory above a prediction's", finished.megabytes - base, "MB", _BAR),
    ]
