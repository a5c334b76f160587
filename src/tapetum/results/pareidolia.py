"""What a network says of a picture whose parts have changed places."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import UInt8

from tapetum.pictures import check_place, contact_sheet, png_bytes, printable, write_atomically
from tapetum.results.attacked import chance
from tapetum.results.explanation import NetworkFacts
from tapetum.results.facts_file import facts_bytes
from tapetum.results.heatmap import Target
from tapetum.results.prediction import Prediction

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import RenderableType

PAREIDOLIA_SUFFIXES = (".html", ".png", ".json")
_SHOWN = 5
"""Shuffles of each grid on a sheet."""


@dataclass(frozen=True, eq=False)
class Shuffle:
    """One shuffled picture: what is seen in it, and the probability and logit of the class in question."""

    picture: UInt8[np.ndarray, "rows columns *channels"]
    prediction: Prediction
    probability: float
    logit: float


@dataclass(frozen=True)
class Spread:
    """The mean over shuffles, with a 95 % bootstrap interval; of a single shuffle there is none."""

    mean: float
    interval: tuple[float, float] | None

    def to_dict(self) -> dict[str, float | None]:
        """The same as plain data."""
        low, high = self.interval or (None, None)
        return {"mean": self.mean, "low": low, "high": high}


@dataclass(frozen=True, eq=False)
class ShuffledGrid:
    """All shuffles of the picture cut into grid × grid parts, of which `moved` changed places."""

    grid: int
    moved: int
    shuffles: tuple[Shuffle, ...]
    still: int
    probability: Spread
    logit: Spread


@dataclass(frozen=True, eq=False, repr=False)
class Pareidolia:
    """A picture, the same with its parts shuffled, and whether the network minds.

    `target` is the class in question, `before` what is seen in the whole picture, with the `probability` and
    the `logit` of that class; `still` of a grid counts the shuffles of which the network names it.
    """

    picture: UInt8[np.ndarray, "rows columns *channels"]
    target: Target
    before: Prediction
    probability: float
    logit: float
    grids: tuple[ShuffledGrid, ...]
    by: str | None
    """The method whose strongest parts changed places; None where all parts did."""
    seed: int
    network: NetworkFacts
    versions: Mapping[str, str]
    created: str

    def __repr__(self) -> str:
        found = ", ".join(f"{g.grid}×{g.grid}: {g.still} of {len(g.shuffles)}" for g in self.grids)
        return f"Pareidolia({self.target.label} by {self.network.name}, still named in {found})"

    def sentences(self) -> tuple[str, ...]:
        """What happened, in plain words: one sentence per grid, and what they mean together."""
        name, label = self.network.name, self.target.label
        parts = "" if self.by is None else f", the strongest parts by {self.by}"
        whole = chance(self.probability)
        found = [
            f"{name} still says “{label}” in {g.still} of {len(g.shuffles)} shuffles of {g.grid}×{g.grid}"
            f"{parts} ({whole} for the whole picture, {chance(g.probability.mean)} on average)."
            for g in self.grids
        ]
        return tuple(printable(words, 400) for words in (*found, self._meaning()))

    def _meaning(self) -> str:
        if self.before[0].index != self.target.indices[0]:
            return f"Of the whole picture it says “{self.before[0].label}”, so shuffles say little."
        kept = [g.grid for g in self.grids if 2 * g.still > len(g.shuffles)]
        if not kept:
            return (
                "In most shuffles it says something else: it needs the parts at their places, or what "
                "the cuts between them destroy."
            )
        if len(kept) == len(self.grids):
            return "It names the class in most shuffles: it has not learnt how the parts are arranged."
        finest = max(kept)
        return (
            f"Up to {finest}×{finest} it names the class in most shuffles: it has not learnt how parts of "
            "that size are arranged, and needs smaller ones whole."
        )

    def sheet(self) -> "Image":
        """A row for each grid: the whole picture, and some of the shuffles with what is seen in them."""
        images: list[Any] = []
        captions: list[str] = []
        for grid in self.grids:
            images.append(self.picture)
            captions.append(
                f"{grid.grid} x {grid.grid}: {grid.still} of {len(grid.shuffles)} still\n"
                f"whole: {self.before[0].label} {chance(self.before[0].probability)}"
            )
            for shuffle in grid.shuffles[:_SHOWN]:
                seen = shuffle.prediction[0]
                images.append(shuffle.picture)
                same = seen.index == self.target.indices[0]
                below = "still" if same else f"{self.target.label} {chance(shuffle.probability)}"
                captions.append(f"{seen.label} {chance(seen.probability)}\n{below}")
        return contact_sheet(images, captions, columns=1 + min(_SHOWN, len(self.grids[0].shuffles)))

    def save(self, path: str | Path) -> Path:
        """Write the page (.html), the sheet (.png) or the facts (.json).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        place = Path(path)
        check_place(place, "A shuffled picture's table is", PAREIDOLIA_SUFFIXES)
        suffix = place.suffix.lower()
        if suffix == ".png":
            write_atomically(place, self._repr_png_())
        elif suffix == ".html":
            write_atomically(place, self.page().encode())
        else:
            write_atomically(place, facts_bytes(self.to_dict()))
        return place

    def page(self) -> str:
        """A self-contained HTML page: the sheet, what it means in words, and the table."""
        from tapetum.report import pareidolia_page

        return pareidolia_page(self)

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """The table over grids as text: the names of its columns, and its rows."""
        columns = ("parts", "moved", "still", "probability", "95 %", "logit", "95 %")
        whole = ("whole", "", "", chance(self.probability), "", f"{self.logit:.2f}", "")
        rows = [
            (
                f"{g.grid}×{g.grid}",
                str(g.moved),
                f"{g.still} of {len(g.shuffles)}",
                chance(g.probability.mean),
                "" if g.probability.interval is None else " – ".join(map(chance, g.probability.interval)),
                f"{g.logit.mean:.2f}",
                "" if g.logit.interval is None else " – ".join(f"{v:.2f}" for v in g.logit.interval),
            )
            for g in self.grids
        ]
        return columns, [whole, *rows]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without pictures, as `--json` prints it."""
        return {
            "schema": "tapetum-pareidolia/1",
            "network": self.network.to_dict(),
            "versions": dict(self.versions),
            "created": self.created,
            "name": self.before.picture,
            "target": vars(self.target) | {"indices": list(self.target.indices)},
            "classes": self.before.to_dict()["classes"],
            "probability": self.probability,
            "logit": self.logit,
            "by": self.by,
            "seed": self.seed,
            "grids": [
                {
                    "grid": g.grid,
                    "moved": g.moved,
                    "still": g.still,
                    "probability": g.probability.to_dict(),
                    "logit": g.logit.to_dict(),
                    "shuffles": [
                        {
                            "classes": shuffle.prediction.to_dict()["classes"],
                            "probability": shuffle.probability,
                            "logit": shuffle.logit,
                        }
                        for shuffle in g.shuffles
                    ],
                }
                for g in self.grids
            ],
            "sentences": list(self.sentences()),
        }

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        columns, rows = self.table()
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for name in columns:
            table.add_column(name, no_wrap=True, justify="left" if name == "parts" else "right")
        for row in rows:
            table.add_row(*row)
        title = Text(printable(f"{self.before.picture}: {self.target.label}"), style="bold")
        return Group(title, table, *(Text.assemble(("  ▸ ", "green"), words) for words in self.sentences()))

    def _repr_html_(self) -> str:
        """The page inside a frame of its own, so that its styles meet nobody else's."""
        from tapetum.report import framed

        return framed(self.page())

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.sheet()))
