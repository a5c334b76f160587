"""What one position of a layer can see of the picture, and what it does see."""

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from tapetum.errors import OutputError
from tapetum.pictures import INK, POSITIVE, overlay, png_bytes, write_atomically
from tapetum.results.words import smallest_box

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_SIDE = 720
SHARE = 0.95


@dataclass(frozen=True)
class PixelBox:
    """Rows `top` to `bottom` and columns `left` to `right` of the network's input, ends not included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.bottom - self.top, self.right - self.left

    @property
    def area(self) -> int:
        """In pixels."""
        return self.size[0] * self.size[1]

    def within(self, rows: int, columns: int) -> "PixelBox":
        """The part of it that lies on a picture of this size."""
        top, left = max(0, min(self.top, rows)), max(0, min(self.left, columns))
        bottom, right = min(rows, max(self.bottom, top)), min(columns, max(self.right, left))
        return PixelBox(top, left, bottom, right)


@dataclass(frozen=True, eq=False, repr=False)
class ReceptiveField:
    """What one position of a layer can see, and what it does see, in pixels of the network's input.

    `reach` is the theoretical field as the windows of the layers give it; it may lie partly outside, and
    then is `clipped` to `box`. `exact` is False where an operation without a geometric rule stands before the
    layer, which may then see less than `box`. `effective` is the mean absolute gradient of the position's
    value with respect to each pixel, over `pictures` pictures and the colours.
    """

    network: str
    fingerprint: str
    layer: str
    row: int | None
    column: int | None
    channel: int | None
    reach: PixelBox
    box: PixelBox
    exact: bool
    effective: Float[np.ndarray, "rows columns"]
    pictures: int
    seen: "Image | None" = None
    """The first picture as the network saw it, where there was one."""

    def __repr__(self) -> str:
        return f"ReceptiveField({self._place}: {_by(self.reach)} pixels)"

    @property
    def clipped(self) -> bool:
        """Whether the theoretical field reaches over the edge of the picture."""
        return self.reach != self.box

    @cached_property
    def effective_box(self) -> PixelBox | None:
        """The smallest box that holds 95 % of the effective field; None where no pixel has any effect."""
        found = smallest_box(self.effective.astype(np.float64), SHARE)
        return None if found is None else PixelBox(*found)

    @property
    def _place(self) -> str:
        at = "" if self.row is None else f" at {self.row},{self.column}"
        return f"{self.layer}{at}" + ("" if self.channel is None else f", channel {self.channel}")

    def sentences(self) -> list[str]:
        """What can be seen, whether the picture's edge cuts it, and what is seen in effect."""
        rows, columns = self.effective.shape
        can = f"{self._place} can see {_by(self.reach)} pixels{'' if self.exact else ' at most'}"
        if self.box.size == (0, 0):
            found = [f"{can}, all of them outside of the picture: it lies in padding."]
        elif self.box.size == (rows, columns) and self.clipped:
            found = [f"{can}: more than the picture of {rows} × {columns} has, so it sees all of it."]
        elif self.clipped:
            found = [f"{can}, of which {_by(self.box)} lie on the picture of {rows} × {columns}."]
        else:
            found = [f"{can} of {rows} × {columns}."]
        effective = self.effective_box
        if effective is None:
            found.append("No pixel has any effect on its values: on these pictures their gradient is zero.")
        else:
            share = effective.area / max(1, self.box.area)
            over = f"mean over {self.pictures} picture{'s' if self.pictures != 1 else ''}"
            found.append(
                f"{SHARE:.0%} of the effect lies in {_by(effective)} of them, {share:.0%} of the area "
                f"({over}).".replace("%", " %")
            )
        return found

    def draw(self) -> "Image":
        """The picture, lit where the effective field lies, and both boxes: the effective one is dashed."""
        from PIL import Image, ImageDraw

        rows, columns = self.effective.shape
        grey = np.full((rows, columns, 3), 96, np.uint8)
        pixels = grey if self.seen is None else np.asarray(self.seen.convert("RGB"))
        glow = glowing(self.effective)
        times = max(1, _SIDE // max(rows, columns))
        lit = Image.fromarray(overlay(pixels, glow, 1.0 if glow.any() else 0.0))
        image = lit.resize((columns * times, rows * times), Image.Resampling.BICUBIC)
        draw = ImageDraw.Draw(image)
        if self.box.size != (0, 0):
            _outline(draw, self.box, times, INK, dash=0)
        effective = self.effective_box
        if effective is not None:
            _outline(draw, effective, times, POSITIVE, dash=max(6, _SIDE // 90))
        return image

    def save(self, path: str | Path) -> Path:
        """Write the drawing (.png) or the effective field with its facts (.npz).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        target = Path(path)
        if target.suffix.lower() == ".png":
            write_atomically(target, png_bytes(np.asarray(self.draw())))
        elif target.suffix.lower() == ".npz":
            held = io.BytesIO()
            facts: dict[str, Any] = {
                key: np.asarray(str(value)) for key, value in self.to_dict().items() if key != "schema"
            }
            np.savez_compressed(held, **(facts | {"effective": self.effective}))
            write_atomically(target, held.getvalue())
        else:
            named = repr(target.suffix) if target.suffix else "a file without suffix"
            raise OutputError(f"A receptive field is not written as {named}. Use .png or .npz.")
        return target

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data without the pixels, as `--json` prints it."""
        effective = self.effective_box
        return {
            "schema": "tapetum-receptive-field/1",
            "network": self.network,
            "fingerprint": self.fingerprint,
            "layer": self.layer,
            "row": self.row,
            "column": self.column,
            "channel": self.channel,
            "reach": vars(self.reach).copy(),
            "box": vars(self.box).copy(),
            "clipped": self.clipped,
            "exact": self.exact,
            "effective_box": None if effective is None else vars(effective).copy(),
            "pictures": self.pictures,
            "sentences": self.sentences(),
        }

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.draw()))


def glowing(effect: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "rows columns"]:
    """An effective field as a glow from 0 to 1: smoothed by its own width, weak parts lifted."""
    from scipy.ndimage import gaussian_filter

    if not effect.any():
        return effect
    smooth = gaussian_filter(effect, 0.02 * float((effect > 0).sum()) ** 0.5)
    return np.asarray(np.sqrt(smooth / smooth.max()))


def _by(box: PixelBox) -> str:
    return f"{box.size[0]} × {box.size[1]}"


def _outline(
    draw: "ImageDraw", box: PixelBox, times: int, colour: tuple[int, int, int], *, dash: int
) -> None:
    """A frame just around the pixels of a box, whole or dashed."""
    width = 3
    left, top = box.left * times, box.top * times
    right, bottom = box.right * times - 1, box.bottom * times - 1
    if not dash:
        draw.rectangle((left, top, right, bottom), outline=colour, width=width)
        return
    for at in range(left, right, 2 * dash):
        end = min(at + dash, right)
        draw.rectangle((at, top, end, top + width - 1), fill=colour)
        draw.rectangle((at, bottom - width + 1, end, bottom), fill=colour)
    for at in range(top, bottom, 2 * dash):
        end = min(at + dash, bottom)
        draw.rectangle((left, at, left + width - 1, end), fill=colour)
        draw.rectangle((right - width + 1, at, right, end), fill=colour)
