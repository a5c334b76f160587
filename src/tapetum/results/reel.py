"""A film of a training, as it was recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Float16, Float32, Int64, UInt8

from tapetum.errors import DataError
from tapetum.pictures import check_place, full_strength, png_bytes, printable, write_atomically
from tapetum.results.facts_file import facts_bytes
from tapetum.results.reel_kernels import FilmedKernel, filmed_kernels, preferring

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import RenderableType

REEL_FILE = ".npz"
REEL_SUFFIXES = (".html", ".gif", ".png", ".json", REEL_FILE)


@dataclass(frozen=True, eq=False, repr=False)
class Reel:
    """What a film holds: frames of weights and feature maps, and the curves of the scores.

    Attributes:
        model: what was trained.
        unit: what moments are: "epoch" or "step".
        frames: the moment of each frame; 0 is before training.
        first: the name of the first kernels among the weights.
        weights: per name, as they were in each frame.
        left_out: the names of weights that were too large for a frame.
        likeness: per frame and first filter, its strongest correlation with an oriented edge operator.
        angles: of that operator, in degrees; 0 is brightness that rises from left to right.
        maps: per layer, what it made of each probe in each frame, in half precision.
        titles: what each of these layers does, in words.
        probes: the probe pictures to look at.
        names: of the probes; those of one kind have the same.
        moments: when scores were recorded.
        scores: per name, NaN where none was given.
        last: the last moment that was counted, filmed or not.
        pace: how far apart frames and scores are, and how many came after the last that stays.
    """

    model: str
    unit: str
    frames: Int64[np.ndarray, " frames"]
    first: str
    weights: Mapping[str, Float32[np.ndarray, "frames ..."]]
    left_out: tuple[str, ...]
    likeness: Float32[np.ndarray, "frames filters"]
    angles: Float32[np.ndarray, "frames filters"]
    maps: Mapping[str, Float16[np.ndarray, "frames probes ..."]]
    titles: Mapping[str, str]
    probes: UInt8[np.ndarray, "probes rows columns 3"]
    names: tuple[str, ...]
    moments: Int64[np.ndarray, " moments"]
    scores: Mapping[str, Float[np.ndarray, " moments"]]
    last: int
    pace: tuple[int, int, int, int]

    def __repr__(self) -> str:
        return f"Reel({self.model}: {len(self)} frames, {self.unit}s 0 to {self.frames[-1]})"

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def kernels(self) -> Float32[np.ndarray, "frames filters channels rows columns"]:
        """The first kernels in every frame."""
        return self.weights[self.first]

    @property
    def scale(self) -> float:
        """The |weight| of the first kernels that has full colour, the same in every frame."""
        return full_strength(self.kernels)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The different names of the probes."""
        return tuple(dict.fromkeys(self.names))

    def told(self, frame: int) -> dict[str, float]:
        """The scores of the moment of a frame."""
        at = np.flatnonzero(self.moments == self.frames[frame])
        found = {name: float(values[at[0]]) for name, values in self.scores.items() if len(at)}
        return {name: value for name, value in found.items() if np.isfinite(value)}

    @cached_property
    def filters(self) -> tuple[FilmedKernel, ...]:
        """What became of every filter of the first layer."""
        return filmed_kernels(self.kernels, self.likeness, self.angles, self.answers(-1))

    def answers(self, frame: int) -> dict[str, Float[np.ndarray, " filters"]]:
        """Per kind of probe, the mean positive answer of each filter of the first layer.

        It is the mean over pictures and positions of the first activation after the first convolution, or of
        the convolution's positive part where no activation was filmed. Empty without such maps.
        """
        layer = next((name for name, title in self.titles.items() if title in _RECTIFIERS), None)
        layer = layer or next((name for name, title in self.titles.items() if title == "convolution"), None)
        if layer is None or self.maps[layer].shape[2] != self.kernels.shape[1]:
            return {}
        means = np.maximum(self.maps[layer][frame].astype(np.float32), 0).mean(axis=(2, 3))
        kinds = np.asarray(self.names)
        return {kind: means[kinds == kind].mean(axis=0) for kind in self.kinds}

    def chosen(self, count: int = 2) -> tuple[int, ...]:
        """The filters that tell most: for each kind of probe the one that prefers it most.

        Without kinds to prefer, those most like an edge.
        """
        return preferring(self.filters, self.kinds, count)

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Every first filter as text: how much like an edge it was before and after, and what it prefers."""
        columns = ("filter", "before", "at", "after", "at", "change", "prefers")
        return columns, [kernel.row() for kernel in self.filters]

    def sentences(self) -> tuple[str, ...]:
        """What became of the kernels, in words."""
        said = []
        alive = [kernel for kernel in self.filters if not kernel.dead]
        dead = [str(kernel.number) for kernel in self.filters if kernel.dead]
        if alive:
            best = max(alive, key=lambda kernel: abs(kernel.after))
            said.append(
                f"Filter {best.number} looks most like an edge operator: |r| = {abs(best.after):.2f} at "
                f"{best.after_angle:g}° ({abs(best.before):.2f} before training)."
            )
        for kind in self.kinds:
            found = max(alive, key=lambda kernel: kernel.preference(kind), default=None)
            if found is not None and found.preference(kind) >= 1.5:
                said.append(
                    f"Filter {found.number} answers {found.preference(kind):.1f} times as strongly to "
                    f"“{kind}” as to the other probes."
                )
        said.append(f"Dead filters: {', '.join(dead)}." if dead else "No filter is dead.")
        return tuple(printable(words, 300) for words in said)

    def sheet(self, filters: Sequence[int] | None = None) -> "Image":
        """Some filters before and after training: the kernel, and what it and the steps after it answer.

        Args:
            filters: which; by default those of `chosen`.

        Raises:
            DataError: no such filter, or a film without probes.
        """
        from tapetum.results.reel_sheet import before_after

        chosen = self.chosen() if filters is None else tuple(filters)
        for number in chosen:
            if not 0 <= number < self.kernels.shape[1]:
                raise DataError(f"There is no filter {number}: they are 0 to {self.kernels.shape[1] - 1}.")
        return before_after(self, chosen)

    def gif(self) -> bytes:
        """The first kernels as they change, with one colour scale throughout and a counter."""
        from tapetum.results.reel_gif import kernel_film

        return kernel_film(self)

    def page(self) -> str:
        """A self-contained HTML page with a slider over the frames."""
        from tapetum.report import film_page

        return film_page(self)

    def save(self, path: str | Path) -> Path:
        """Write the page (.html), the kernels as a GIF, the sheet before and after (.png), the facts (.json),
        or everything (.npz).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        from tapetum.results import reel_file

        place = Path(path)
        check_place(place, "A film is", REEL_SUFFIXES)
        writers: dict[str, Callable[[], bytes]] = {
            ".html": self._page_bytes,
            ".gif": self.gif,
            ".png": self._repr_png_,
            ".json": self._json_bytes,
            REEL_FILE: partial(reel_file.packed, self),
        }
        write_atomically(place, writers[place.suffix.lower()]())
        return place

    @staticmethod
    def load(path: str | Path) -> "Reel":
        """What `save` wrote as .npz.

        Raises:
            DataError: no such file, or not one of a film.
        """
        from tapetum.results.reel_file import read

        return read(Path(path))

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without weights and maps, as `--json` prints it."""
        return {
            "schema": "tapetum-film/1",
            "model": self.model,
            "unit": self.unit,
            "frames": self.frames.tolist(),
            "last": self.last,
            "kernels": {
                "name": self.first,
                **dict(zip(("filters", "channels", "rows", "columns"), self.kernels.shape[1:], strict=True)),
            },
            "weights": [
                {"name": name, "shape": list(values.shape[1:])} for name, values in self.weights.items()
            ],
            "left_out": list(self.left_out),
            "layers": [
                {
                    "name": name,
                    "title": self.titles[name],
                    **dict(zip(("channels", "rows", "columns"), values.shape[2:], strict=True)),
                }
                for name, values in self.maps.items()
            ],
            "probes": list(self.names),
            "moments": self.moments.tolist(),
            "scores": {
                name: [float(value) if np.isfinite(value) else None for value in values]
                for name, values in self.scores.items()
            },
            "filters": [kernel.to_dict() for kernel in self.filters],
            "sentences": list(self.sentences()),
        }

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        columns, rows = self.table()
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for name in columns:
            table.add_column(name, justify="left" if name == "prefers" else "right")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        filters, channels, high, wide = self.kernels.shape[1:]
        held = [
            f"{len(self)} frames, {self.unit}s 0 to {self.frames[-1]}",
            f"{self.first}: {filters} filters of {channels} × {high} × {wide}",
            f"{len(self.weights)} weights" + (f", {len(self.left_out)} too large" if self.left_out else ""),
            f"maps of {', '.join(self.maps)} for {len(self.names)} probes" if self.maps else "no maps",
            ", ".join(f"{name} {value:.4g}" for name, value in self.told(-1).items()),
        ]
        lines = [Text(printable(f"  {line}", 400), "dim") for line in held if line]
        said = [Text.assemble(("  ▸ ", "green"), words) for words in self.sentences()]
        return Group(Text(printable(self.model), "bold"), *lines, table, *said)

    def _repr_html_(self) -> str:
        """The page inside a frame of its own, so that its styles and scripts meet nobody else's."""
        from html import escape

        look = "width:100%;height:760px;border:0"
        return f'<iframe srcdoc="{escape(self.page())}" style="{look}" sandbox="allow-scripts"></iframe>'

    def _page_bytes(self) -> bytes:
        return self.page().encode()

    def _json_bytes(self) -> bytes:
        return facts_bytes(self.to_dict())

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.sheet()))


_RECTIFIERS = {"ReLU", "ReLU6", "leaky ReLU", "SiLU", "GELU", "ELU", "hard-swish"}
