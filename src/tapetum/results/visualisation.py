"""Pictures made for units of a network: what for, how well they do, and how they came about."""

import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float

from tapetum.errors import OutputError
from tapetum.pictures import GROUND, check_place, contact_sheet, png_bytes, printable, write_atomically
from tapetum.pictures.gif import gif_bytes
from tapetum.results.examples_drawing import side_by_side, with_footer
from tapetum.results.explanation import NetworkFacts
from tapetum.results.prediction import Prediction

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console, ConsoleOptions, RenderResult

VISUALISATION_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".html", ".htm")
WARNING = (
    "A picture made for a unit shows what raises it, not what it answers to in photographs, and alone it may "
    "mislead (Geirhos et al. 2024). Look at real pictures beside it: tapetum examples."
)
Layout = Literal["sheet", "mosaic"]
_CELL, _WIDEST = 448, 2400
_ROWS = 16
_FRAME_MS, _LAST_MS = 110, 2000


@dataclass(frozen=True, eq=False)
class Painted:
    """One picture that was made.

    Attributes:
        objective: what it was made for, as `visualise` reads it.
        caption: the same for people, in one or two lines.
        image: the picture.
        score: the score of the objective on it, without moves and after rounding to 8 bits; for a class, its
            logit.
        seed: what its start and its moves were drawn from.
        rank: for a class alone, its place among the classes that the network sees in the picture, from 1.
        prediction: the strongest classes that the network sees in it; None where it was not asked.
        real: the photographs that drive the same channel most, where `Examples.beside` put them there.
    """

    objective: str
    caption: str
    image: "Image"
    score: float
    seed: int
    rank: int | None = None
    prediction: Prediction | None = None
    real: "Image | None" = None

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without the picture."""
        return {
            "objective": self.objective,
            "score": self.score,
            "seed": self.seed,
            "rows": self.image.height,
            "columns": self.image.width,
            "rank": self.rank,
            "classes": None if self.prediction is None else self.prediction.to_dict()["classes"],
        }


@dataclass(frozen=True, eq=False, repr=False)
class Visualisation:
    """Pictures made for units of a network.

    Attributes:
        network: the network that they were made for.
        panels: the pictures.
        history: the score that every step saw, one row for each picture; NaN after an interruption.
        frames: how all pictures looked after some steps, each with the number of its step.
        columns: pictures in a row; None for as many as look well.
        layout: a "sheet" with captions, or a "mosaic" without gaps.
        notes: what a reader must know about how they were made.
    """

    network: NetworkFacts
    panels: tuple[Painted, ...]
    quality: str
    steps: int
    options: Mapping[str, Any]
    history: Float[np.ndarray, "panels steps"]
    frames: tuple[tuple[int, "tuple[Image, ...]"], ...]
    seconds: float
    versions: Mapping[str, str]
    created: str
    columns: int | None = None
    layout: Layout = "sheet"
    notes: tuple[str, ...] = ()

    warning = WARNING

    @property
    def objective(self) -> str:
        """What the pictures were made for."""
        return ", ".join(dict.fromkeys(panel.objective for panel in self.panels))

    @property
    def picture(self) -> "Image":
        """The picture, or all of them on one sheet; with the photographs beside them where there are any."""
        if any(panel.real is not None for panel in self.panels):
            return self._beside_photographs()
        return self._arranged([panel.image for panel in self.panels])

    def __len__(self) -> int:
        return len(self.panels)

    def __getitem__(self, place: int) -> Painted:
        return self.panels[place]

    def __repr__(self) -> str:
        count = f"{len(self)} picture{'s' if len(self) != 1 else ''}"
        shown = printable(self.objective)
        return f"Visualisation({shown} on {self.network.name}: {count}, {self.steps} steps)"

    def save(self, path: str | Path) -> Path:
        """Write the pictures (.png, .jpg, .webp), how they came about (.gif), or a page about them (.html).

        Raises:
            OutputError: another suffix, a place that cannot be written, or a GIF without frames.
        """
        place = Path(path)
        check_visualisation_place(place)
        suffix = place.suffix.lower()
        if suffix in (".html", ".htm"):
            from tapetum.report import visualisation_page

            data = visualisation_page(self).encode()
        elif suffix == ".gif":
            data = self._gif()
        else:
            held = io.BytesIO()
            kind = {".png": "PNG", ".webp": "WEBP"}.get(suffix, "JPEG")
            self.picture.save(held, kind, **({"quality": 92} if kind != "PNG" else {}))
            data = held.getvalue()
        write_atomically(place, data)
        return place

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without pictures, as `--json` prints it."""
        return {
            "schema": "tapetum-visualise/1",
            "network": self.network.to_dict(),
            "versions": dict(self.versions),
            "created": self.created,
            "quality": self.quality,
            "steps": self.steps,
            "options": dict(self.options),
            "seconds": self.seconds,
            "pictures": [panel.to_dict() for panel in self.panels],
            "notes": list(self.notes),
            "warning": self.warning,
        }

    def _arranged(self, images: "Sequence[Image]") -> "Image":
        if len(images) == 1:
            return images[0]
        if self.layout == "mosaic":
            return _mosaic(images, self.columns or len(images))
        across = self.columns or max(1, round((1.5 * len(images)) ** 0.5))
        tile = max(48, min(_CELL, images[0].width, _WIDEST // across))
        columns = None if self.columns is None else self.columns
        return contact_sheet(images, [panel.caption for panel in self.panels], columns, tile=tile)

    def _beside_photographs(self) -> "Image":
        pairs = [side_by_side(panel.image, panel.real) for panel in self.panels]
        tile = _CELL if len(pairs) > 1 else 2 * _CELL
        sheet = contact_sheet(pairs, [panel.caption for panel in self.panels], tile=tile)
        return with_footer(sheet, self.warning)

    def _gif(self) -> bytes:
        if not self.frames:
            raise OutputError(
                "This visualisation kept no frames of how it came about. Make it again with frames=24."
            )
        shown = [self._arranged(images) for _, images in self.frames]
        return gif_bytes(shown, [_FRAME_MS] * (len(shown) - 1) + [_LAST_MS], photographs=True)

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.picture.convert("RGB")))

    def _repr_html_(self) -> str:
        import base64

        picture = base64.b64encode(self._repr_png_()).decode()
        return (
            f'<figure><img alt="{html.escape(self.objective)}" src="data:image/png;base64,{picture}">'
            f"<figcaption>{html.escape(self.objective)}<br><small>{self.warning}</small></figcaption></figure>"
        )

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """What every picture scores, and for a class the place that the network gives it."""
        from rich.table import Table
        from rich.text import Text

        ranked = any(panel.rank is not None for panel in self.panels)
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column("made for", overflow="fold")
        for name in ("score", "first seen", *(["place of its class"] if ranked else [])):
            table.add_column(name, justify="right" if name != "first seen" else "left")
        for panel in self.panels[:_ROWS]:
            first = "" if panel.prediction is None else panel.prediction[0].label
            cells = [
                Text(printable(panel.objective, 500)),
                Text(f"{panel.score:.3g}"),
                Text(printable(first)),
            ]
            if ranked:
                cells.append(Text("" if panel.rank is None else str(panel.rank)))
            table.add_row(*cells)
        yield table
        if len(self) > _ROWS:
            yield Text(f"… and {len(self) - _ROWS} more; --json tells all", style="dim")
        for note in self.notes:
            yield Text(printable(note, 500), style="dim")
        yield Text(self.warning, style="dim")


def check_visualisation_place(path: Path) -> None:
    """Refuse a place where no visualisation can be written, before any work is done for it.

    Raises:
        OutputError: a folder, a folder that is not there, or another suffix.
    """
    check_place(path, "A visualisation is", VISUALISATION_SUFFIXES)


def _mosaic(images: "Sequence[Image]", columns: int) -> "Image":
    """Pictures of one size edge to edge."""
    from PIL import Image as Images

    wide, tall = images[0].size
    rows = -(-len(images) // columns)
    found = Images.new("RGB", (columns * wide, rows * tall), GROUND)
    for place, image in enumerate(images):
        row, column = divmod(place, columns)
        found.paste(image, (column * wide, row * tall))
    return found
