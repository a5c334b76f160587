"""The filters of a convolution, kernel by kernel, and the sheet that shows them."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from tapetum.errors import LayerError
from tapetum.pictures import (
    GROUND,
    balanced_columns,
    full_strength,
    mosaic,
    png_bytes,
    resized,
)
from tapetum.pictures.mosaic import whole_tile
from tapetum.results.sheet_files import save_sheet

if TYPE_CHECKING:
    from PIL.Image import Image

_WIDE = 4.0
_TILE = 63
_MOST = 64
"""Filters, and input channels of each, that one drawing shows where nobody says how many."""
_MARK = (0xFF, 0x8A, 0x5C)
_TWIN = (0x84, 0x95, 0xA6)


@dataclass(frozen=True)
class Pair:
    """Two filters of one layer that are nearly the same, and the cosine between them."""

    first: int
    second: int
    cosine: float


@dataclass(frozen=True, eq=False, repr=False)
class KernelSheet:
    """The filters of one convolution: `values[f, c]` is the kernel of filter f for its input channel c.

    `strength` is the norm of each filter with the batch-norm behind it folded in: what counts for the
    network. `dead` are the filters whose strength is below 1 % of the strongest, `twins` the pairs of living
    ones with a cosine of 0.95 or more, among those that read the same input channels.
    """

    layer: str
    values: Float[Tensor, "filter channel rows columns"]
    strength: Float[Tensor, " filter"]
    dead: tuple[int, ...]
    twins: tuple[Pair, ...]
    groups: int
    colour: bool
    """Whether the filters look at red, green and blue, so that a filter is a small picture."""
    network: str
    fingerprint: str

    def __repr__(self) -> str:
        filters, channels, rows, columns = self.values.shape
        return (
            f"KernelSheet({self.layer}: {filters} filters of {channels}×{rows}×{columns} in {self.network})"
        )

    def __len__(self) -> int:
        return len(self.values)

    def sentences(self) -> tuple[str, ...]:
        """What is odd about the filters, in words; empty where nothing is."""
        said = []
        if self.dead:
            said.append(
                f"{_counted(len(self.dead), 'filter is', 'filters are')} dead (weaker than 1 % of the "
                f"strongest): {_listed(self.dead)}."
            )
        if self.twins:
            pairs = [f"{pair.first} and {pair.second}" for pair in self.twins]
            said.append(
                f"{_counted(len(pairs), 'pair of filters is', 'pairs of filters are')} nearly the same "
                f"(cosine of 0.95 or more): {_listed(pairs)}."
            )
        return tuple(said)

    def pixels(
        self, width: int = 1120, *, filters: int | None = None, channels: int | None = None
    ) -> UInt8[np.ndarray, "height width 3"]:
        """The sheet. Filters of colours are small pictures, grey where the weight is zero.

        Of other layers every row is a filter and every column an input channel, in signed colours; at most 64
        of each where nobody says how many, the strongest in the order of their numbers. Dead filters carry an
        orange mark below, those with a twin a grey one.
        """
        return self._coloured(width) if self.colour else self._signed(width, filters, channels)

    def _coloured(self, width: int) -> UInt8[np.ndarray, "height width 3"]:
        values = self.values.numpy()
        shares = np.clip(values / (full_strength(values) or 1.0), -1, 1)
        tiles = np.rint(127.5 + 127.5 * shares).astype(np.uint8).transpose(0, 2, 3, 1)
        across, gap = balanced_columns(len(self), _WIDE), 4
        side = whole_tile(max(values.shape[2:]), min(_TILE, (width + gap) // across - gap))
        rows, columns = (round(side * n / max(values.shape[2:])) for n in values.shape[2:])
        down = math.ceil(len(self) / across)
        sheet = np.empty((down * (rows + gap) - gap, across * (columns + gap) - gap, 3), np.uint8)
        sheet[:] = GROUND
        for place, tile in enumerate(tiles):
            row, column = divmod(place, across)
            top, left = row * (rows + gap), column * (columns + gap)
            planes = [resized(tile[:, :, i].astype(np.float32), rows, columns) for i in range(3)]
            sheet[top : top + rows, left : left + columns] = np.stack(planes, -1)
            if place in self.dead:
                sheet[top + rows - 3 : top + rows, left : left + columns] = _MARK
            elif any(place in (pair.first, pair.second) for pair in self.twins):
                sheet[top + rows - 3 : top + rows, left : left + columns] = _TWIN
        return sheet

    def _signed(
        self, width: int, filters: int | None, channels: int | None
    ) -> UInt8[np.ndarray, "height width 3"]:
        chosen = _strongest(self.strength, filters or _MOST)
        reading = _strongest(self.values.flatten(2).norm(dim=2).norm(dim=0), channels or _MOST)
        values = self.values[chosen][:, reading].numpy()
        count, depth, rows, columns = values.shape
        scale = full_strength(values)
        if depth == 1 or rows * columns == 1:
            # One kernel per filter, or one weight per kernel: nothing is gained by a row for each.
            maps = values[:, 0] if depth == 1 else values.reshape(1, count, depth)
            across = balanced_columns(len(maps), _WIDE)
            room = width if depth > 1 else min(_TILE, (width + 2) // across - 2)
            return mosaic(maps, scale, across=across, room=min(room, 16 * max(maps.shape[1:])), gap=2)
        gap = 1
        room = max(rows, columns, min(_TILE, (width + gap) // depth - gap))
        return mosaic(values.reshape(-1, rows, columns), scale, across=depth, room=room, gap=gap)

    def draw(self, width: int = 1120, *, filters: int | None = None, channels: int | None = None) -> "Image":
        """The sheet as a picture."""
        from PIL import Image

        return Image.fromarray(self.pixels(width, filters=filters, channels=channels))

    def filter(self, number: int) -> Float[Tensor, "channel rows columns"]:
        """The kernels of one filter.

        Raises:
            LayerError: a number that no filter has.
        """
        if not 0 <= number < len(self):
            raise LayerError(
                f"The layer {self.layer} has no filter {number}. Its filters are 0 to {len(self) - 1}."
            )
        return self.values[number]

    def save(self, path: str | Path) -> Path:
        """Write the sheet (.png) or the raw weights (.npz).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        save_sheet(Path(path), "Kernels are", self.pixels, {"values": self.values.numpy()}, self.to_dict())
        return Path(path)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data without the weights, as `--json` prints it."""
        filters, channels, rows, columns = self.values.shape
        return {
            "layer": self.layer,
            "filters": filters,
            "channels": channels,
            "rows": rows,
            "columns": columns,
            "groups": self.groups,
            "dead": list(self.dead),
            "twins": [vars(pair).copy() for pair in self.twins],
        }

    def _repr_png_(self) -> bytes:
        return png_bytes(self.pixels())


def _strongest(strength: Float[Tensor, " count"], most: int) -> list[int]:
    """The strongest, in the order of their numbers."""
    return sorted(strength.argsort(descending=True, stable=True)[:most].tolist())


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _listed(items: "tuple[int, ...] | list[str]") -> str:
    shown = ", ".join(map(str, items[:8]))
    return shown if len(items) <= 8 else f"{shown} and {len(items) - 8} more"
