"""The way of one picture through a network: every step from the input to the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tapetum.pictures import check_place, png_bytes, printable, write_atomically
from tapetum.results.explanation import Explanation, NetworkFacts, SeenPicture
from tapetum.results.journey_picture import drawn, pdf_bytes
from tapetum.results.kernel_sheet import KernelSheet
from tapetum.results.layer_sheet import LayerSheet
from tapetum.results.prediction import Prediction

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.table import Table

SUFFIXES = (".png", ".pdf", ".html")
_COLUMNS = ("step", "layer", "output", "silent", "zeros", "strongest")


@dataclass(frozen=True, eq=False, repr=False)
class Journey:
    """One picture on its way: `steps` in the order of execution, and the verdict at the end.

    `kernels` are the filters of the first convolution, where the steps begin with it.
    """

    network: NetworkFacts
    picture: SeenPicture
    prediction: Prediction
    kernels: KernelSheet | None
    steps: tuple[LayerSheet, ...]
    versions: Mapping[str, str]
    created: str

    def __repr__(self) -> str:
        return f"Journey({self.picture.name} through {self.network.name} in {len(self.steps)} steps)"

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, layer: str) -> LayerSheet:
        """The step through a layer, by its whole name."""
        for step in self.steps:
            if step.layer == layer:
                return step
        raise KeyError(layer)

    def draw(self) -> "Image":
        """Everything as one tall picture, 1440 pixels wide.

        Raises:
            OutputError: so many steps that no picture is tall enough.
        """
        return self._drawn

    @cached_property
    def _drawn(self) -> "Image":
        return drawn(self.network, self.picture, self.prediction, self.kernels, self.steps)

    def save(self, path: str | Path) -> Path:
        """Write the tall picture (.png, .pdf), or a page that opens anywhere (.html).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        place = Path(path)
        check_journey_place(place)
        suffix = place.suffix.lower()
        if suffix == ".html":
            return self.explanation().save(place)
        image = self.draw()
        write_atomically(place, pdf_bytes(image) if suffix == ".pdf" else png_bytes(np.asarray(image)))
        return place

    def explanation(self) -> Explanation:
        """The same as an explanation without heatmaps, as the report shows it."""
        return Explanation(
            network=self.network,
            pictures=(self.picture,),
            predictions=(self.prediction,),
            heatmaps=(),
            stages=((),),
            versions=self.versions,
            created=self.created,
            journeys=(self,),
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without the values of the maps, as `--json` prints it."""
        picture = self.picture
        return {
            "schema": "tapetum-journey/1",
            "network": self.network.to_dict(),
            "versions": dict(self.versions),
            "created": self.created,
            "picture": {
                "name": picture.name,
                "notes": list(picture.notes),
                "rows": picture.rows,
                "columns": picture.columns,
                "frame": dict(zip(("top", "left", "rows", "columns"), picture.frame, strict=True)),
                "classes": self.prediction.to_dict()["classes"],
            },
            "kernels": None if self.kernels is None else self.kernels.to_dict(),
            "steps": [step.to_dict() for step in self.steps],
        }

    def __rich__(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for name in _COLUMNS:
            table.add_column(name, no_wrap=True, justify="right" if name in _COLUMNS[3:] else "left")
        for step in self.steps:
            table.add_row(
                Text(printable(step.title)),
                Text(printable(step.layer), style="dim"),
                Text(step.size(), style="cyan"),
                Text(f"{step.silent:.1%}"),
                Text(f"{step.zeros:.1%}", style="dim"),
                Text(f"{step.strongest}", style="dim"),
            )
        return table

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.draw()))


def check_journey_place(path: Path) -> None:
    """Refuse a place where no journey can be written, before any work is done for it.

    Raises:
        OutputError: a folder, a folder that is not there, or another suffix than .png, .pdf and .html.
    """
    check_place(path, "A journey is", SUFFIXES)
