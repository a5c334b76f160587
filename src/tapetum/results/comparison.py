"""Methods beside each other, measured by several metrics, and beside controls that know nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tapetum.pictures import check_place, printable, write_atomically
from tapetum.results.explanation import NetworkFacts
from tapetum.results.facts_file import facts_bytes
from tapetum.results.heatmap import Target
from tapetum.results.spreadsheet import csv_text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table

RowKind = Literal["method", "control"]
SUFFIXES = (".json", ".csv")
_COSTS = ("passes       ", "s / picture")
_COLUMN = 17
"""Characters of the widest column of a metric, with the gap behind it."""


@dataclass(frozen=True)
class Measured:
    """One metric of one method: its mean over the pictures, with a 95 % bootstrap interval.

    Of a single picture there is no interval. `beats` are the controls whose mean is worse.
    """

    mean: float
    interval: tuple[float, float] | None
    values: tuple[float, ...]
    beats: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComparedMetric:
    """A metric as it was used: what it punishes, which way is better, its cost in passes per picture."""

    key: str
    title: str
    punishes: str
    better: Literal["higher", "lower"]
    passes: str
    reference: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class ComparedRow:
    """A method or a control: what it cost, and what each metric that applied says."""

    key: str
    title: str
    kind: RowKind
    passes: str
    options: Mapping[str, Any]
    seconds: float
    measured: Mapping[str, Measured]


@dataclass(frozen=True)
class LeftOut:
    """What was not measured, and why: a method, a metric, or one metric of one method."""

    method: str | None
    metric: str | None
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Methods by metrics, beside the controls, on some pictures. `seconds` of a row are per picture."""

    network: NetworkFacts
    quality: Literal["quick", "full"]
    pictures: tuple[str, ...]
    targets: tuple[Target, ...]
    metrics: tuple[ComparedMetric, ...]
    rows: tuple[ComparedRow, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    seconds: float
    versions: Mapping[str, str]
    created: str

    def __getitem__(self, key: str) -> ComparedRow:
        """The row of a method or a control."""
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)

    def __repr__(self) -> str:
        methods = sum(row.kind == "method" for row in self.rows)
        count = f"{len(self.pictures)} picture{'s' if len(self.pictures) != 1 else ''}"
        return f"Comparison({methods} methods, {len(self.metrics)} metrics, {count} by {self.network.name})"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, as `--json` prints it."""
        return {
            "schema": "tapetum-compare/1",
            "network": self.network.to_dict(),
            "versions": dict(self.versions),
            "created": self.created,
            "quality": self.quality,
            "seconds": self.seconds,
            "pictures": [
                {"name": name, "target": vars(target) | {"indices": list(target.indices)}}
                for name, target in zip(self.pictures, self.targets, strict=True)
            ],
            "metrics": [vars(metric) | {"options": _plain(metric.options)} for metric in self.metrics],
            "rows": [
                vars(row)
                | {
                    "options": _plain(row.options),
                    "measured": {key: _measured(found) for key, found in row.measured.items()},
                }
                for row in self.rows
            ],
            "left_out": [vars(one).copy() for one in self.left_out],
            "notes": list(self.notes),
        }

    def save(self, path: str | Path) -> Path:
        """Write everything (.json) or the table of means and intervals (.csv).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        place = Path(path)
        check_comparison_place(place)
        if place.suffix.lower() == ".csv":
            write_atomically(place, self._csv().encode())
        else:
            write_atomically(place, facts_bytes(self.to_dict()))
        return place

    def _csv(self) -> str:
        columns = [f"{m.key}{part}" for m in self.metrics for part in ("", " low", " high")]
        rows: list[list[Any]] = [["key", "kind", "title", "passes", "options", "seconds", *columns]]
        for row in self.rows:
            options = " ".join(f"{name}={value}" for name, value in row.options.items())
            cells: list[Any] = [row.key, row.kind, row.title, row.passes, options]
            cells.append(f"{row.seconds:.6g}")
            for metric in self.metrics:
                found = row.measured.get(metric.key)
                numbers = () if found is None else (found.mean, *(found.interval or ()))
                cells += [float(f"{number:.6g}") for number in numbers] + [""] * (3 - len(numbers))
            rows.append(cells)
        return csv_text(rows)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """The table; where it is wider than the terminal, in several with some of the metrics each."""
        room = options.max_width - sum(map(len, _COSTS)) - max(len(row.key) for row in self.rows) - 12
        at_once = max(1, room // _COLUMN)
        tables = -(-len(self.metrics) // at_once)
        each = -(-len(self.metrics) // max(1, tables))
        for start in range(0, len(self.metrics), max(1, each)):
            if start:
                yield ""
            yield self._table(self.metrics[start : start + each])

    def _table(self, metrics: Sequence[ComparedMetric]) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column("method", no_wrap=True)
        for name in _COSTS:
            table.add_column(name.strip(), no_wrap=True, justify="right" if name == _COSTS[1] else "left")
        for metric in metrics:
            arrow = "↑" if metric.better == "higher" else "↓"
            title = metric.title.replace("-", "-\n")
            table.add_column(Text(f"{title} {arrow}"), justify="right", no_wrap=True)
        best = {metric.key: self._best(metric) for metric in metrics}
        controls = {row.key for row in self.rows if row.kind == "control"}
        before = None
        for row in self.rows:
            if before is not None and row.kind != before:
                table.add_section()
                table.add_row(Text("controls:", style="dim"))
            before = row.kind
            cells = [Text(printable(row.key), style="dim" if row.kind == "control" else "")]
            cells += [Text(printable(row.passes), style="dim"), Text(f"{row.seconds:.2f}", style="dim")]
            cells += [self._cell(row, metric, best[metric.key], controls) for metric in metrics]
            table.add_row(*cells)
        return table

    def _best(self, metric: ComparedMetric) -> float | None:
        means = [
            row.measured[metric.key].mean
            for row in self.rows
            if row.kind == "method" and metric.key in row.measured
        ]
        return (max if metric.better == "higher" else min)(means) if means else None

    def _cell(self, row: ComparedRow, metric: ComparedMetric, best: float | None, controls: set[str]) -> Any:
        from rich.text import Text

        found = row.measured.get(metric.key)
        if found is None:
            return Text("–", style="dim")
        wide = "" if found.interval is None else f"±{(found.interval[1] - found.interval[0]) / 2:.2f}"
        style = "dim" if row.kind == "control" else "green" if controls <= set(found.beats) else ""
        if row.kind == "method" and found.mean == best:
            style = f"bold {style}".strip()
        return Text.assemble((f"{found.mean:.3f}", style), (wide, "dim"))


def check_comparison_place(path: Path) -> None:
    """Refuse a place where no comparison can be written, before any work is done for it.

    Raises:
        OutputError: a folder, a folder that is not there, or another suffix than .json and .csv.
    """
    check_place(path, "A comparison is", SUFFIXES)


def _measured(found: Measured) -> dict[str, Any]:
    low, high = found.interval or (None, None)
    return {
        "mean": found.mean,
        "low": low,
        "high": high,
        "values": list(found.values),
        "beats": list(found.beats),
    }


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    kept = (str, int, float, bool, type(None))
    return {name: value if isinstance(value, kept) else str(value) for name, value in options.items()}
