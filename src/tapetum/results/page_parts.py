"""What pages are made of: sections with sentences, figures and tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class PageTable:
    """A table: its caption, the names of its columns, and its cells as text."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class PageFigure:
    """An encoded PNG or GIF, what it shows for those who cannot see it, and a caption under it."""

    data: bytes = field(repr=False)
    alt: str
    caption: str = ""
    kind: Literal["png", "gif"] = "png"


@dataclass(frozen=True)
class PageSection:
    """A part of a page: a heading, sentences, figures, tables side by side."""

    heading: str
    sentences: Sequence[str]
    tables: Sequence[PageTable] = ()
    figures: Sequence[PageFigure] = ()
