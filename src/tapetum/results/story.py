"""A lesson as it was run: what it tells, its pictures and films, and the numbers that were measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.pictures import check_place, printable, write_atomically
from tapetum.results.facts_file import facts_bytes
from tapetum.results.page_parts import PageSection

if TYPE_CHECKING:
    from rich.console import RenderableType

STORY_SUFFIXES = (".html", ".json")


@dataclass(frozen=True)
class Story:
    """What `tapetum lesson NAME` tells and shows.

    Attributes:
        key: the name of the lesson.
        title: its title.
        lead: what it is about, one or two sentences.
        parts: the steps.
        numbers: everything that was measured, by name; what the sentences say can be checked there.
        seconds: how long it took.
        versions: of the libraries.
        created: when, in UTC.
    """

    key: str
    title: str
    lead: str
    parts: tuple[PageSection, ...]
    numbers: Mapping[str, float]
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""

    def __repr__(self) -> str:
        return f"Story({self.key!r}, {len(self.parts)} parts, {len(self.numbers)} numbers)"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without the figures."""
        return {
            "schema": "tapetum-lesson/1",
            "lesson": self.key,
            "title": self.title,
            "lead": self.lead,
            "parts": [
                {
                    "heading": part.heading,
                    "sentences": list(part.sentences),
                    "figures": [figure.alt for figure in part.figures],
                    "tables": [
                        {"caption": t.caption, "columns": list(t.columns), "rows": [list(r) for r in t.rows]}
                        for t in part.tables
                    ],
                }
                for part in self.parts
            ],
            "numbers": dict(self.numbers),
            "seconds": self.seconds,
            "versions": dict(self.versions),
            "created": self.created,
        }

    def save(self, path: str | Path) -> Path:
        """Write the page (.html) or the facts (.json).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        place = Path(path)
        check_place(place, "A lesson is", STORY_SUFFIXES)
        if place.suffix.lower() == ".json":
            write_atomically(place, facts_bytes(self.to_dict()))
        else:
            from tapetum.report import story_page

            write_atomically(place, story_page(self).encode())
        return place

    def _repr_html_(self) -> str:
        from tapetum.report import framed, story_page

        return framed(story_page(self))

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        shown: list[Any] = [Text(self.title, "bold"), Text(self.lead, "dim")]
        for part in self.parts:
            shown.append(Text(f"\n{part.heading}", "bold green"))
            shown += [Padding(Text(printable(words, 600)), (0, 0, 0, 2)) for words in part.sentences]
            for given in part.tables:
                table = Table(title=given.caption, title_justify="left")
                for column in given.columns:
                    table.add_column(printable(column))
                for row in given.rows:
                    table.add_row(*(Text(printable(cell)) for cell in row))
                shown.append(Padding(table, (1, 0, 0, 2)))
        return Group(*shown)
