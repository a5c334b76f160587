"""Pictures that were changed to mislead a network, and what it says about them before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tapetum.errors import OutputError
from tapetum.pictures import check_place, contact_sheet, png_bytes, printable, write_atomically
from tapetum.results.attacked import AttackedPicture, chance
from tapetum.results.explanation import NetworkFacts
from tapetum.results.facts_file import facts_bytes
from tapetum.results.heatmap import Heatmap

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import RenderableType

Norm = Literal["linf", "l2"]
_SUFFIXES = (".png", ".html", ".json")
DRAWN = 24
"""Pictures on a sheet at most."""


@dataclass(frozen=True, eq=False, repr=False)
class Attack:
    """Pictures that were changed to mislead a network: one `AttackedPicture` each, in their order.

    `epsilon` is the budget in brightness 0..1, measured by `norm`, or None for a method that looks for the
    shortest change. `maps` are the heatmaps of the verdict before and after, where they were asked for.
    """

    method: str
    title: str
    norm: Norm
    epsilon: float | None
    options: Mapping[str, Any]
    pictures: tuple[AttackedPicture, ...]
    maps: tuple[Heatmap, Heatmap] | None
    network: NetworkFacts
    versions: Mapping[str, str]
    created: str
    seconds: float

    def __len__(self) -> int:
        return len(self.pictures)

    def __iter__(self) -> Iterator[AttackedPicture]:
        return iter(self.pictures)

    def __getitem__(self, place: int) -> AttackedPicture:
        return self.pictures[place]

    @property
    def fooled(self) -> int:
        """How many pictures fool the network."""
        return sum(picture.fooled for picture in self.pictures)

    def __repr__(self) -> str:
        return f"Attack({self.title} on {self.network.name}: {self.fooled} of {len(self)} pictures fool it)"

    def sentences(self, place: int = 0) -> tuple[str, ...]:
        """What happened to one picture, in plain words."""
        return self.pictures[place].sentences(self.network.name)

    def sheet(self) -> "Image":
        """Every picture in a row: before, the change amplified, after, and the heatmaps of both verdicts."""
        images: list[Any] = []
        captions: list[str] = []
        for place, picture in enumerate(self.pictures[:DRAWN]):
            before, after = (found[0] for found in picture.predictions)
            shown, times = picture.amplified()
            images += [picture.before, shown, picture.after]
            captions += [
                f"{picture.name}\n{before.label} {chance(before.probability)}",
                f"the change x {times}\nat most {picture.largest} of 255, length {picture.length:.2f}",
                f"after {self.title}\n{after.label} {chance(after.probability)}",
            ]
            for heatmap, when in zip(self.maps or (), ("before", "after"), strict=False):
                images.append(heatmap.draw(place))
                captions.append(f"{heatmap.method}, {when}\n{heatmap.targets[place].label}")
        return contact_sheet(images, captions, columns=3 if self.maps is None else 5)

    def save(self, path: str | Path) -> Path:
        """Write the changed picture (.png), a page (.html), the facts (.json), or all of it into a folder.

        Raises:
            OutputError: another suffix, several pictures for one PNG, or a place that cannot be written.
        """
        place = Path(path)
        check_attack_place(place, len(self))
        if place.suffix.lower() not in _SUFFIXES or place.is_dir():
            self._fill(place)
        else:
            write_atomically(place, self._bytes(place.suffix.lower()))
        return place

    def _fill(self, folder: Path) -> None:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"The folder {folder} cannot be made ({error.strerror}). Choose another place."
            ) from error
        for picture, stem in zip(self.pictures, self.stems(), strict=True):
            write_atomically(folder / f"{stem}.png", png_bytes(picture.after))
        write_atomically(folder / "sheet.png", png_bytes(np.asarray(self.sheet())))
        for suffix in (".html", ".json"):
            write_atomically(folder / f"attack{suffix}", self._bytes(suffix))

    def stems(self) -> tuple[str, ...]:
        """The names of the changed pictures in a folder, without suffix: harmless, and no two the same."""
        found: list[str] = []
        for picture in self.pictures:
            letters = "".join(c if c.isalnum() else "-" for c in Path(picture.name).stem)[:60].strip("-")
            stem = f"{letters or 'picture'}-{self.method}"
            low = stem.lower()
            same = sum(taken == low or taken.startswith(f"{low}-") for taken in map(str.lower, found))
            found.append(f"{stem}-{same + 1}" if same else stem)
        return tuple(found)

    def _bytes(self, suffix: str) -> bytes:
        if suffix == ".png":
            return png_bytes(self.pictures[0].after)
        if suffix == ".html":
            return self.page().encode()
        return facts_bytes(self.to_dict())

    def page(self) -> str:
        """A self-contained HTML page: the sheet, what happened in words, and the classes before and after."""
        from tapetum.report import attack_page

        return attack_page(self)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without pictures, as `--json` prints it."""
        return {
            "schema": "tapetum-attack/1",
            "network": self.network.to_dict(),
            "versions": dict(self.versions),
            "created": self.created,
            "seconds": self.seconds,
            "method": self.method,
            "norm": self.norm,
            "epsilon": self.epsilon,
            "options": dict(self.options),
            "pictures": [
                picture.to_dict()
                | {
                    "sentences": list(self.sentences(place)),
                    "maps": None
                    if self.maps is None
                    else {
                        when: heatmap.to_dict(place)
                        for heatmap, when in zip(self.maps, ("before", "after"), strict=True)
                    },
                }
                for place, picture in enumerate(self.pictures)
            ],
        }

    def __rich__(self) -> "RenderableType":
        from rich.columns import Columns
        from rich.console import Group
        from rich.text import Text

        parts: list[Any] = []
        for place, picture in enumerate(self.pictures):
            titles = ("before", f"after {self.title}")
            both = [
                Group(Text(title, style="dim"), found)
                for title, found in zip(titles, picture.predictions, strict=True)
            ]
            parts += [Text(printable(picture.name), style="bold"), Columns(both, padding=(0, 4))]
            parts += [Text.assemble(("  ▸ ", "green"), words) for words in self.sentences(place)]
            parts += [Text(f"  note: {printable(note)}", style="dim") for note in picture.notes]
        if len(self) > 1:
            parts.append(Text(f"{self.fooled} of {len(self)} pictures fool the network.", style="bold"))
        return Group(*parts)

    def _repr_html_(self) -> str:
        """The page inside a frame of its own, so that its styles meet nobody else's."""
        from tapetum.report import framed

        return framed(self.page())

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.sheet()))


def check_attack_place(path: Path, pictures: int = 1) -> None:
    """Refuse a place where no attack can be written, before any work is done for it.

    Raises:
        OutputError: a folder that is not there, another suffix, or one PNG for several pictures.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        return
    if not suffix and path.parent.is_dir() and not path.exists():
        return
    if suffix or path.parent.is_dir():
        check_place(path, "An attack is", _SUFFIXES)
    else:
        raise OutputError(f"There is no folder {path.parent}. Create it first, or name another.")
    if suffix == ".png" and pictures > 1:
        raise OutputError(
            f"{path} is one file, and there are {pictures} changed pictures. Name a folder, such as "
            f"{path.with_suffix('')}."
        )
