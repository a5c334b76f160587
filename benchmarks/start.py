"""Cold starts: the command line in a fresh process, from the call to its end."""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import python
from benchmarks.table import Row, Section
from benchmarks.timing import Effort

NAMES = ("help", "predict", "explain")
_SECONDS = {"help": 0.3, "explain": 10.0}
_MEGABYTES = {"explain": 1200.0}


def run(names: Sequence[str] = NAMES, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """Seconds and memory of each command; files are in the system's cache, processes are not warm."""
    rows = [row for name in names for row in _measured(name, max(3, effort.rounds))]
    note = "median of fresh processes after one to warm the file cache; the kept conversions start empty"
    return [Section("Cold starts", tuple(rows), note)]


def _measured(name: str, rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        arguments = {
            "help": ["--help"],
            "predict": ["predict", "sample:cat"],
            "explain": ["explain", "sample:cat", "--output", str(Path(folder, "report.html"))],
        }[name]
        runs = [
            python(
                ["-m", "tapetum", *arguments], environment={"TAPETUM_CACHE": str(Path(folder, f"cache{i}"))}
            )
            for i in range(rounds + 1)
        ][1:]
    what = f"tapetum {' '.join(arguments[:2])}"
    seconds = [finished.seconds for finished in runs]
    facts = (("least", f"{min(seconds):.2f}"), ("most", f"{max(seconds):.2f}"), ("rounds", str(rounds)))
    peak = max(finished.megabytes for finished in runs)
    return [
        Row(what, "wall", statistics.median(seconds), "s", _SECONDS.get(name), facts),
        Row(what, "peak memory", peak, "MB", _MEGABYTES.get(name)),
    ]
