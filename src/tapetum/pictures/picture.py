"""The picture that every instrument takes: plain RGB pixels, a name, and what was done to get them."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from tapetum.errors import OutputError
from tapetum.pictures.files import png_bytes, write_atomically

# A notebook cell shows at most this many rows or columns, so that no photograph of 12 million
# pixels is stored inside the notebook.
_SHOWN_SIDE = 1024
_WRITERS: dict[str, dict[str, Any]] = {
    ".png": {"format": "PNG"},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".webp": {"format": "WEBP", "lossless": True},
}


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A picture as rows × columns × (red, green, blue), sRGB, 0 to 255, read-only.

    Attributes:
        pixels: the values; a writable array is copied, so that nobody can change a picture afterwards.
        name: for people; safe to print, never a path.
        notes: what was done on the way, one short phrase each ("EXIF orientation 6 applied").
    """

    pixels: UInt8[np.ndarray, "rows columns 3"]
    name: str = "picture"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the pixels."""
        if self.pixels.flags.writeable:
            frozen = self.pixels.copy()
            frozen.flags.writeable = False
            object.__setattr__(self, "pixels", frozen)

    @property
    def rows(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def columns(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def image(self) -> Image.Image:
        """A new PIL image with the same pixels."""
        return Image.fromarray(self.pixels)

    def save(self, path: str | Path) -> None:
        """Write the picture; the suffix (.png, .jpg, .jpeg, .webp) says how.

        Raises:
            OutputError: another suffix, or the file cannot be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix not in _WRITERS:
            raise OutputError(
                f"A picture cannot be saved with the suffix {suffix!r}. Use one of {', '.join(_WRITERS)}."
            )
        encoded = BytesIO()
        try:
            self.image.save(encoded, **_WRITERS[suffix])
        except (OSError, ValueError) as error:
            raise OutputError(
                f"The picture of {self.columns} × {self.rows} pixels does not fit into {suffix} ({error}). "
                "Use .png."
            ) from error
        write_atomically(path, encoded.getvalue())

    def __repr__(self) -> str:
        """Name, size and notes, without the pixels."""
        notes = f", notes={self.notes}" if self.notes else ""
        return f"Picture({self.name!r}, {self.rows} rows × {self.columns} columns{notes})"

    def _repr_png_(self) -> bytes:
        image = self.image
        image.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE))
        return png_bytes(np.asarray(image))


# For the type checker, what `open_picture` takes. At run time it is anything: the function itself
# looks at the value and says in its own words what is wrong with it.
if TYPE_CHECKING:
    PictureSource = str | Path | bytes | Image.Image | np.ndarray | Picture
else:
    PictureSource = object
