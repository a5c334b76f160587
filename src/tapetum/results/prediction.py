"""What a network says about one picture."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tapetum.pictures import printable

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class ClassScore:
    """One class: its index and label, its probability in 0..1, and the logit before softmax or sigmoid."""

    index: int
    label: str
    probability: float
    logit: float


@dataclass(frozen=True)
class Prediction:
    """The strongest classes of one picture, strongest first."""

    picture: str
    scores: tuple[ClassScore, ...]
    engine: str = "torch"

    def __iter__(self) -> Iterator[ClassScore]:
        return iter(self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, place: int) -> ClassScore:
        return self.scores[place]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, as `--json` prints it."""
        return {
            "name": self.picture,
            "classes": [vars(score).copy() for score in self.scores],
        }

    def __rich__(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 1), show_header=False)
        table.add_column(justify="right")
        table.add_column(width=24)
        table.add_column()
        table.add_column(justify="right")
        for score in self.scores:
            table.add_row(
                f"{score.probability:6.1%}",
                Text("━" * max(1, round(24 * score.probability)), style="green"),
                Text(printable(score.label)),
                Text(f"{score.index}", style="dim"),
            )
        return table

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:right'>{score.probability:.1%}</td>"
            f"<td style='text-align:left'>{html.escape(score.label)}</td>"
            f"<td style='text-align:right'>{score.index}</td></tr>"
            for score in self.scores
        )
        return f"<table><caption>{html.escape(self.picture)}</caption>{rows}</table>"
