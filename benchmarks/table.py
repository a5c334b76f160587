"""Rows of results: printed as tables, written as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

Verdict = Literal["pass", "MISS", ""]


@dataclass(frozen=True)
class Row:
    """One measured value; the bar is the largest one that passes."""

    subject: str
    what: str
    value: float
    unit: str = "×"
    bar: float | None = None
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.bar is None:
            return ""
        return "pass" if self.value <= self.bar else "MISS"


@dataclass(frozen=True)
class Section:
    """One table: what it holds the value of, and its rows."""

    title: str
    rows: tuple[Row, ...]
    note: str = ""


def show(section: Section) -> None:
    """Print one table."""
    columns = list(dict.fromkeys(name for row in section.rows for name, _ in row.facts))
    table = Table(title=section.title, title_justify="left")
    for heading in ("of", "what"):
        table.add_column(heading, no_wrap=True)
    for heading in ("value", "bar", "", *columns):
        table.add_column(heading, justify="right", no_wrap=True)
    before = None
    for row in section.rows:
        if before is not None and row.subject != before:
            table.add_section()
        facts = dict(row.facts)
        table.add_row(
            row.subject if row.subject != before else "",
            row.what,
            f"{row.value:.2f} {row.unit}",
            "" if row.bar is None else f"≤ {row.bar:g}",
            row.verdict,
            *(facts.get(name, "") for name in columns),
        )
        before = row.subject
    Console(width=150).print(table)
    print(section.note)


def missed(sections: Sequence[Section]) -> list[str]:
    """One line per bar that was missed."""
    return [
        f"{section.title}: {row.subject}, {row.what}: {row.value:.2f} {row.unit} (bar {row.bar:g})"
        for section in sections
        for row in section.rows
        if row.verdict == "MISS"
    ]


def plain(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """The sections as plain data."""
    return [
        {
            "title": section.title,
            "note": section.note,
            "rows": [
                asdict(row) | {"facts": dict(row.facts), "verdict": row.verdict} for row in section.rows
            ],
        }
        for section in sections
    ]
