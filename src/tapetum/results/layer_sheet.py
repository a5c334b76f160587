"""A layer's values on one picture, a map per channel, and the sheet that shows them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from tapetum.errors import LayerError
from tapetum.pictures import balanced_columns, full_strength, mosaic, png_bytes
from tapetum.results.sheet_files import save_sheet

if TYPE_CHECKING:
    from PIL.Image import Image

_LARGEST_TILE = 112
_CELL = 14
"""Pixels of one value of a vector, at most."""


@dataclass(frozen=True, eq=False, repr=False)
class LayerSheet:
    """What a layer computes on one picture: `values`, raw and signed, one map per channel.

    `indices` says which channel each map is, where not all of the layer's `channels` are here. A layer
    without rows and columns has maps of one value. `silent` is the share of channels whose largest |value| is
    below 1 % of the layer's, `zeros` the share of values that are exactly zero, `largest` the largest |value|
    and `strongest` the channel that varies most over the picture: all four are over the whole layer.
    """

    layer: str
    title: str
    module: str
    kind: str
    values: Float[Tensor, "channel rows columns"]
    indices: tuple[int, ...]
    channels: int
    silent: float
    zeros: float
    largest: float
    strongest: int
    receptive_field: tuple[int, int] | None
    stride: tuple[int, int] | None
    picture: str
    network: str
    fingerprint: str

    def __repr__(self) -> str:
        shown = "" if len(self) == self.channels else f"{len(self)} of "
        return f"LayerSheet({self.layer}: {shown}{self.size()} of {self.picture} in {self.network})"

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, channel: int) -> "LayerSheet":
        """One channel, by its number in the layer.

        Raises:
            LayerError: a channel that the layer does not have, or that was not kept in this sheet.
        """
        if channel not in self.indices:
            there = f"0 to {self.channels - 1}"
            if len(self) < self.channels:
                there = ", ".join(map(str, self.indices[:8])) + (", …" if len(self) > 8 else "")
            raise LayerError(f"This sheet of {self.layer} has no channel {channel}. It has {there}.")
        place = self.indices.index(channel)
        return replace(self, values=self.values[place : place + 1], indices=(channel,))

    @property
    def vector(self) -> bool:
        """Whether the layer has no rows and columns: one value per channel."""
        return self.values.shape[1] * self.values.shape[2] == 1

    def size(self) -> str:
        """The layer's size in words: 64 × 112 × 112, or 512."""
        rows, columns = self.values.shape[1:]
        return f"{self.channels}" if self.vector else f"{self.channels} × {rows} × {columns}"

    def grid(self, ratio: float = 4.0) -> tuple[int, int]:
        """Rows and columns of the sheet: about `ratio` times as wide as high, a vector twice, without gaps.

        Only a number without fitting divisors leaves a few places empty.
        """
        across = balanced_columns(len(self), 2.0 if self.vector else ratio)
        return -(-len(self) // across), across

    def pixels(self, width: int = 1120, *, ratio: float = 4.0) -> UInt8[np.ndarray, "height width 3"]:
        """The sheet in signed colours, all channels by one scale, at most so wide.

        The scale is the largest |value| of what is shown, but for 2 %. A vector is one small picture: 512
        values are 16 rows of 32.
        """
        values = self.values.numpy()
        scale = full_strength(values)
        rows, across = self.grid(ratio)
        if self.vector:
            cells = np.zeros(rows * across, np.float32)
            cells[: len(self)] = values[:, 0, 0]
            side = max(1, min(_CELL, width // across)) * max(rows, across)
            return mosaic(cells.reshape(1, rows, across), scale, across=1, room=side, gap=0)
        gap = 2 if across > 24 else 4
        room = min(_LARGEST_TILE, (width + gap) // across - gap)
        return mosaic(values, scale, across=across, room=max(1, room), gap=gap)

    def draw(self, width: int = 1120) -> "Image":
        """The sheet as a picture."""
        from PIL import Image

        return Image.fromarray(self.pixels(width))

    def save(self, path: str | Path) -> Path:
        """Write the sheet (.png) or the raw values with where they came from (.npz).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        arrays = {"values": self.values.numpy(), "channels": np.asarray(self.indices)}
        save_sheet(Path(path), "A sheet is", self.pixels, arrays, self.to_dict())
        return Path(path)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data without the values, as `--json` prints it."""
        return {
            "layer": self.layer,
            "title": self.title,
            "module": self.module,
            "kind": self.kind,
            "channels": self.channels,
            "rows": None if self.vector else self.values.shape[1],
            "columns": None if self.vector else self.values.shape[2],
            "receptive_field": None if self.receptive_field is None else list(self.receptive_field),
            "stride": None if self.stride is None else list(self.stride),
            "silent": self.silent,
            "zeros": self.zeros,
            "largest": self.largest,
            "strongest": self.strongest,
        }

    def _repr_png_(self) -> bytes:
        return png_bytes(self.pixels())
