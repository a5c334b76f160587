"""How good a classifier is on labelled pictures, and what it takes for what."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from tapetum.pictures import check_place, png_bytes, printable, write_atomically
from tapetum.results.explanation import NetworkFacts
from tapetum.results.facts_file import facts_bytes
from tapetum.results.predictions import Skipped
from tapetum.results.scored import ClassRates, ConfidenceBin, Confusion, Mistake

if TYPE_CHECKING:
    from rich.console import RenderableType

SCORES_SUFFIXES = (".html", ".png", ".json")
_ROWS = 40
"""Classes of a table that people read; the file holds all."""


@dataclass(frozen=True, eq=False, repr=False)
class Scores:
    """What `evaluate` found out.

    `confusions` are all pairs of actual and named class that occurred, the most frequent first, right ones
    too. `mistakes` are the surest of each wrong pair. `skipped` could not be read; for the places of
    `unanswered` the network gave NaN or infinity: neither counts in any number here.
    """

    data: str
    data_fingerprint: str
    pictures: int
    correct: int
    classes: tuple[ClassRates, ...]
    confusions: tuple[Confusion, ...]
    bins: tuple[ConfidenceBin, ...]
    calibration_error: float
    network: NetworkFacts
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unanswered: tuple[int, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""

    def __repr__(self) -> str:
        return f"Scores({self.network.name} on {self.data}: {self.correct} of {self.pictures} right)"

    @property
    def accuracy(self) -> float:
        """The share of pictures whose class the network names."""
        return self.correct / self.pictures

    @property
    def interval(self) -> tuple[float, float]:
        """Where the accuracy on other pictures of the kind lies, by 95 % (Wilson's interval)."""
        from scipy.stats import binomtest

        found = binomtest(self.correct, self.pictures).proportion_ci(method="wilson")
        return float(found.low), float(found.high)

    @property
    def base_rate(self) -> float:
        """The accuracy of always naming the most frequent class."""
        return max(one.pictures for one in self.classes) / self.pictures

    @property
    def macro_f(self) -> float:
        """The mean of F over the classes that have pictures."""
        return statistics.fmean(one.f for one in self.classes if one.pictures and one.f is not None)

    @property
    def confidence(self) -> float:
        """The mean probability of the class that is named."""
        sums = [one.pictures * one.confidence for one in self.bins if one.confidence is not None]
        return sum(sums) / self.pictures

    @property
    def positive(self) -> ClassRates | None:
        """Of two classes the second, which counts as the positive one; None where there are more."""
        return self.classes[1] if len(self.classes) == 2 else None

    def wrong(self) -> tuple[Confusion, ...]:
        """The pairs of classes that were confused, the most frequent first."""
        return tuple(one for one in self.confusions if not one.right)

    def count(self, actual: int, said: int) -> int:
        """How many pictures of one class of the data were called another, by places in `classes`."""
        wanted = (self.classes[actual].index, self.classes[said].index)
        return next((one.count for one in self.confusions if one.indices == wanted), 0)

    def matrix(self) -> Int[np.ndarray, "classes answers"]:
        """Rows are what pictures are, columns what they were called; the last column is any other class."""
        places = {one.index: place for place, one in enumerate(self.classes)}
        found = np.zeros((len(self.classes), len(self.classes) + 1), int)
        for one in self.confusions:
            found[places[one.indices[0]], places.get(one.indices[1], len(self.classes))] += one.count
        return found

    def sentences(self) -> tuple[str, ...]:
        """What the numbers say, in plain words."""
        from tapetum.results.scores_words import sentences

        return sentences(self)

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """The rates of the classes as text: the names of the columns, and rows; of many, the worst."""
        columns = ("class", "pictures", "precision", "recall", "F", "AUC")
        shown = self.classes
        if len(shown) > _ROWS:
            shown = tuple(sorted(shown, key=lambda one: 1.0 if one.f is None else one.f)[:_ROWS])
        return columns, [
            (
                one.label,
                str(one.pictures),
                *map(_rate, (one.precision, one.recall, one.f, one.area)),
            )
            for one in shown
        ]

    def page(self) -> str:
        """A self-contained HTML page: the scores, their pictures, and the mistakes with heatmaps."""
        from tapetum.report import scores_page

        return scores_page(self)

    def save(self, path: str | Path) -> Path:
        """Write the page (.html), the confusion matrix (.png) or the facts (.json).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        place = Path(path)
        check_place(place, "Scores are", SCORES_SUFFIXES)
        suffix = place.suffix.lower()
        if suffix == ".png":
            write_atomically(place, self._repr_png_())
        elif suffix == ".html":
            write_atomically(place, self.page().encode())
        else:
            write_atomically(place, facts_bytes(self.to_dict()))
        return place

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without pictures and curves, as `--json` prints it."""
        low, high = self.interval
        return {
            "schema": "tapetum-evaluate/1",
            "network": self.network.to_dict(),
            "versions": dict(self.versions),
            "created": self.created,
            "data": {"name": self.data, "fingerprint": self.data_fingerprint},
            "pictures": self.pictures,
            "correct": self.correct,
            "accuracy": self.accuracy,
            "low": low,
            "high": high,
            "base_rate": self.base_rate,
            "macro_f": self.macro_f,
            "classes": [one.to_dict() for one in self.classes],
            "confusions": [one.to_dict() for one in self.confusions],
            "calibration": {
                "error": self.calibration_error,
                "confidence": self.confidence,
                "bins": [vars(one).copy() for one in self.bins],
            },
            "mistakes": [one.to_dict() for one in self.mistakes],
            "notes": list(self.notes),
            "skipped": [vars(one).copy() for one in self.skipped],
            "unanswered": list(self.unanswered),
            "sentences": list(self.sentences()),
        }

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        columns, rows = self.table()
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for name in columns:
            table.add_column(name, justify="left" if name == "class" else "right", overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        title = Text(printable(f"{self.network.name} on {self.data}"), style="bold")
        shown: list[Any] = [title, table]
        if len(rows) < len(self.classes):
            shown.append(Text(f"… the {len(rows)} worst of {len(self.classes)} classes", "dim"))
        return Group(*shown, *(Text.assemble(("  ▸ ", "green"), words) for words in self.sentences()))

    def _repr_html_(self) -> str:
        from tapetum.report import framed

        return framed(self.page())

    def _repr_png_(self) -> bytes:
        from tapetum.results.scores_drawing import confusion_picture

        return png_bytes(np.asarray(confusion_picture(self)))


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
