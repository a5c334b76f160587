"""How a picture becomes what the network reads: resized, cropped, scaled, normalised."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from tapetum.errors import ModelError
from tapetum.pictures import Picture

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class Frame:
    """The part of a picture that the network sees, in pixels of the picture."""

    top: float
    left: float
    rows: float
    columns: float


@dataclass(frozen=True)
class Preparation:
    """The steps between a picture and the network's input.

    The picture is resized, keeping its proportions, until the input (divided by `crop`) just fits inside it,
    or until its shorter side is `resize`; then the centre is cut out. With `squash` it is resized to the
    input's size (divided by `crop`) as it is, and its proportions are lost. Values in 0..1 then become
    (value − mean) / std per channel.
    """

    rows: int
    columns: int
    channels: int = 3
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    crop: float = 1.0
    resize: int | None = None
    squash: bool = False
    interpolation: Interpolation = "bicubic"

    def __post_init__(self) -> None:
        if self.channels not in (1, 3):
            raise ModelError(
                f"The network reads {self.channels} channels, and a picture has 1 or 3. "
                "Pass prepared batches to a network of another kind."
            )
        for name in ("mean", "std"):
            values = getattr(self, name)
            if len(values) not in (1, self.channels) or not all(math.isfinite(v) for v in values):
                raise ModelError(
                    f"{name} has {len(values)} values {values} for {self.channels} channels. "
                    "Give one number per channel."
                )
        if any(v <= 0 for v in self.std):
            raise ModelError(f"std is {self.std}. Give positive numbers.")
        if not 0 < self.crop <= 1:
            raise ModelError(f"crop is {self.crop}. Give a fraction above 0 and at most 1.")
        if self.rows < 1 or self.columns < 1:
            raise ModelError(f"The input size {self.rows}×{self.columns} is empty. Give positive numbers.")

    def resized(self, rows: int, columns: int) -> tuple[int, int]:
        """Size of a picture of rows × columns after the resize step."""
        wanted_rows, wanted_columns = self._around
        if self.squash:
            return wanted_rows, wanted_columns
        if self.resize is not None:
            wanted_rows = wanted_columns = self.resize
        if rows * wanted_columns <= columns * wanted_rows:
            return wanted_rows, max(wanted_columns, int(wanted_rows * columns / rows))
        return max(wanted_rows, int(wanted_columns * rows / columns)), wanted_columns

    def frame(self, rows: int, columns: int) -> Frame:
        """Which part of a picture of rows × columns the network sees."""
        tall, wide = self.resized(rows, columns)
        top, left = round((tall - self.rows) / 2.0), round((wide - self.columns) / 2.0)
        down, across = rows / tall, columns / wide
        return Frame(top * down, left * across, self.rows * down, self.columns * across)

    def seen(self, picture: Picture) -> Image.Image:
        """The picture as the network sees it, before normalisation."""
        image = picture.image
        if self.channels == 1:
            image = image.convert("L")
        tall, wide = self.resized(picture.rows, picture.columns)
        if (wide, tall) != image.size:
            image = image.resize((wide, tall), _FILTERS[self.interpolation])
        top, left = round((tall - self.rows) / 2.0), round((wide - self.columns) / 2.0)
        return image.crop((left, top, left + self.columns, top + self.rows))

    def __call__(self, picture: Picture) -> Float[Tensor, "channel height width"]:
        """The picture as the network reads it."""
        return self.read(self.seen(picture))

    def read(self, seen: Image.Image) -> Float[Tensor, "channel height width"]:
        """What `seen` gave, as the network reads it."""
        values = np.asarray(seen, dtype=np.float32) / np.float32(255)
        tensor = torch.from_numpy(np.ascontiguousarray(np.atleast_3d(values).transpose(2, 0, 1)))
        return self.normalised(tensor)

    def normalised(
        self, values: Float[Tensor, "*batch channel height width"]
    ) -> Float[Tensor, "*batch channel height width"]:
        """Values in 0..1 as the network reads them: the last of the steps, also for autograd to follow."""
        return (values - _column(self.mean).to(values)) / _column(self.std).to(values)

    @property
    def _around(self) -> tuple[int, int]:
        """The input's size before the centre is cut out of it."""
        return math.floor(self.rows / self.crop), math.floor(self.columns / self.crop)

    def at_size(self, rows: int, columns: int) -> "Preparation":
        """The same preparation for another input size, with the same share of the picture in the frame."""
        crop = self.crop if self.resize is None else min(1.0, min(self.rows, self.columns) / self.resize)
        return replace(self, rows=rows, columns=columns, resize=None, crop=crop)

    def __str__(self) -> str:
        """The steps in words."""
        tall, wide = self._around
        if self.squash:
            size = f"resized to {tall}×{wide}, proportions not kept"
        elif self.resize is not None or self.rows == self.columns:
            size = f"shorter side {self.resize or tall}"
        else:
            size = f"filling {tall}×{wide}"
        steps = f"{size} ({self.interpolation}), centre {self.rows}×{self.columns}"
        grey = "grey, " if self.channels == 1 else ""
        return f"{grey}{steps}, mean {_words(self.mean)}, std {_words(self.std)}"


def _column(values: tuple[float, ...]) -> Float[Tensor, "channel 1 1"]:
    return torch.tensor(values).view(-1, 1, 1)


def _words(values: tuple[float, ...]) -> str:
    shown = values[:1] if len(set(values)) == 1 else values
    return " ".join(f"{v:.4g}" for v in shown)
