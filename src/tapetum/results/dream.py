"""A dream: a photograph with more of what a network sees in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tapetum.errors import OutputError
from tapetum.pictures import Picture, check_place, png_bytes, write_atomically
from tapetum.pictures.gif import gif_bytes

if TYPE_CHECKING:
    from PIL.Image import Image

STILL = (".png", ".jpg", ".jpeg", ".webp")
MOVING = ".gif"
_GIF_SIDE = 480
_GIF_MILLISECONDS = 80
_SHOWN = 1024


@dataclass(frozen=True, eq=False, repr=False)
class Dream:
    """A photograph with more of what a network sees in it.

    Attributes:
        picture: the dream.
        name: what the photograph is called.
        objective: what there is more of, as `parse_objective` reads it.
        guide: what the guiding picture is called, where there was one.
        network, fingerprint: what dreamt.
        options: octaves, scale, steps, rate, jitter, memory.
        seed: of the places of the windows.
        windows: rows and columns of the largest window that the picture was worked on through.
        finished: False where it was stopped early.
        frames: of a zoom into the dream, the dream itself first; empty where none was asked for.
        notes: what a reader should know, one phrase each.
        seconds: how long it took.
    """

    picture: "Image"
    name: str
    objective: str
    network: str
    fingerprint: str
    options: Mapping[str, Any]
    seed: int
    windows: tuple[int, int]
    guide: str | None = None
    finished: bool = True
    frames: tuple["Image", ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = field(default=0.0)

    def __repr__(self) -> str:
        size = f"{self.picture.height} rows × {self.picture.width} columns"
        return f"Dream({self.name!r} for {self.objective} on {self.network}: {size})"

    def save(self, path: str | Path) -> Path:
        """Write the picture (.png, .jpg, .webp), or the zoom as an endless film (.gif).

        Raises:
            OutputError: another suffix, a film that was not made, or a place that cannot be written.
        """
        place = Path(path)
        check_place(place, "A dream is", (*STILL, MOVING))
        if place.suffix.lower() != MOVING:
            Picture(np.asarray(self.picture.convert("RGB")), self.name).save(place)
            return place
        if not self.frames:
            raise OutputError("This dream has no film. Make one with frames=24, or save it as .png.")
        write_atomically(place, _film(self.frames))
        return place

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pictures, as `--json` prints it."""
        return {
            "picture": self.name,
            "objective": self.objective,
            "guide": self.guide,
            "options": dict(self.options),
            "seed": self.seed,
            "rows": self.picture.height,
            "columns": self.picture.width,
            "windows": list(self.windows),
            "frames": len(self.frames),
            "finished": self.finished,
            "notes": list(self.notes),
            "seconds": self.seconds,
        }

    def _repr_png_(self) -> bytes:
        shown = self.picture.copy()
        shown.thumbnail((_SHOWN, _SHOWN))
        return png_bytes(np.asarray(shown))


def _film(frames: "tuple[Image, ...]") -> bytes:
    from PIL import Image

    shrink = min(1.0, _GIF_SIDE / max(frames[0].size))
    size = (round(frames[0].width * shrink), round(frames[0].height * shrink))
    small = [frame.convert("RGB").resize(size, Image.Resampling.LANCZOS) for frame in frames]
    return gif_bytes(small, [_GIF_MILLISECONDS] * len(small), photographs=True)
