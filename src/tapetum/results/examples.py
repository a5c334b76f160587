"""The real pictures, and the places in them, that drive each channel of a layer most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int, Shaped

from tapetum.errors import LayerError, MethodError
from tapetum.pictures import open_picture, png_bytes

if TYPE_CHECKING:
    from PIL.Image import Image

    from tapetum.results.visualisation import Visualisation

Patch = tuple[int, int, int, int, int]
"""A picture's identity, and the first row, first column, end of rows, end of columns of a part of it."""

_AT_ONCE = 64
"""So many channels are shown where nobody says which."""
_BESIDE = 144
"""Side in pixels of the photographs beside a visualisation."""
NOTHING = -np.inf
"""The value of a place that no picture takes yet."""


@dataclass(frozen=True)
class Example:
    """One picture that drives a channel.

    `value` is the channel's largest value on the picture, found at (`row`, `column`) of the layer; `box` is
    what that place sees, as (top, left, bottom, right) in pixels of the network's input; `image` shows it.
    """

    picture: str
    value: float
    row: int
    column: int
    box: tuple[int, int, int, int]
    image: "Image"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without the image."""
        return {
            "picture": self.picture,
            "value": self.value,
            "row": self.row,
            "column": self.column,
            "box": dict(zip(("top", "left", "bottom", "right"), self.box, strict=True)),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Examples:
    """For every channel of a layer the k pictures that drive it most, strongest first, and where.

    Of each picture only the strongest place counts, so that k pictures are k different ones. Arrays have a
    row per channel and a column per picture; a value of −∞ marks a place that is still free, where fewer
    than k pictures were seen.

    Attributes:
        network, fingerprint: the network, and what tells it from others.
        layer: the layer's whole name.
        size: rows and columns of the network's input.
        receptive_field: rows and columns that a place sees away from the borders; None where it sees all.
        values: the channel's largest value on each picture, in units of the layer.
        means: its mean over the positions, which decides between equal values (an activation with a ceiling
            reaches it on many pictures).
        pictures: identities of the pictures.
        places: row and column in the layer.
        boxes: what the place sees: top, left, bottom, right in the network's input, clipped to it.
        names: what the pictures are called, by identity.
        patches: the parts that are shown, as PNG or JPEG.
        seen: identities of all pictures that were looked at, in order of size.
        unreadable: names and reasons of the first hundred pictures that could not be read.
        unreadable_count: how many there were.
    """

    network: str
    fingerprint: str
    layer: str
    size: tuple[int, int]
    receptive_field: tuple[int, int] | None
    values: Float[np.ndarray, "channels k"]
    means: Float[np.ndarray, "channels k"]
    pictures: Shaped[np.ndarray, "channels k"]
    places: Int[np.ndarray, "channels k 2"]
    boxes: Int[np.ndarray, "channels k 4"]
    names: Mapping[int, str]
    patches: Mapping[Patch, bytes]
    seen: Shaped[np.ndarray, " pictures"]
    unreadable: tuple[tuple[str, str], ...] = ()
    unreadable_count: int = 0

    def __repr__(self) -> str:
        counted = f"{len(self.seen)} picture{'' if len(self.seen) == 1 else 's'}"
        return f"Examples({len(self)} channels of {self.layer} of {self.network}: top {self.k} of {counted})"

    def __len__(self) -> int:
        return len(self.values)

    @property
    def k(self) -> int:
        """How many pictures are kept for each channel."""
        return int(self.values.shape[1])

    @property
    def silent(self) -> tuple[int, ...]:
        """The channels that gave one and the same value, zero or less, on all pictures that are kept."""
        best, last = self.values[:, 0], np.where(np.isfinite(self.values), self.values, np.inf).min(1)
        flat = (best <= 0) & (best == last)
        return tuple(np.flatnonzero(flat).tolist()) if len(self.seen) > 1 else ()

    def __getitem__(self, channel: int) -> tuple[Example, ...]:
        """The pictures of one channel, strongest first.

        Raises:
            LayerError: the layer has no such channel.
        """
        self._check_channel(channel)
        found = []
        rows = (self.values, self.pictures, self.places, self.boxes)
        for value, picture, (row, column), box in zip(*(one[channel].tolist() for one in rows), strict=True):
            if value == NOTHING:
                break
            patch = open_picture(self.patches[picture, *box], name=self.names[picture])
            found.append(Example(self.names[picture], value, row, column, tuple(box), patch.image))
        return tuple(found)

    def pictures_of(self, channel: int) -> tuple[str, ...]:
        """The names of a channel's pictures, strongest first.

        Raises:
            LayerError: the layer has no such channel.
        """
        self._check_channel(channel)
        there = self.pictures[channel][self.values[channel] != NOTHING]
        return tuple(self.names[picture] for picture in there.tolist())

    def knows(self, picture: int) -> bool:
        """Whether a picture of this identity was looked at."""
        place = int(np.searchsorted(self.seen, np.uint64(picture)))
        return place < len(self.seen) and int(self.seen[place]) == picture

    def merged(self, other: "Examples") -> "Examples":
        """The k strongest of both; the same whatever the order, as if all pictures had been seen at once.

        Raises:
            MethodError: another network or layer, or the other ones keep fewer pictures than these.
        """
        enough = len(other.seen) <= other.k
        self.check(other.network, other.fingerprint, other.layer, self.k if enough else min(self.k, other.k))
        order, keep = _strongest(self, other)
        pictures = _chosen(self.pictures, other.pictures, order)
        boxes = _chosen(self.boxes, other.boxes, order)
        values = np.where(keep, _chosen(self.values, other.values, order), NOTHING)
        held = np.concatenate([pictures[..., None], boxes.astype(np.uint64)], axis=2)[keep]
        used = {tuple(row) for row in np.unique(held, axis=0).tolist()}
        patches = {key: (self.patches.get(key) or other.patches[key]) for key in sorted(used)}
        names = {key[0]: (self.names.get(key[0]) or other.names[key[0]]) for key in patches}
        return replace(
            self,
            values=values.astype(np.float32),
            means=_chosen(self.means, other.means, order),
            pictures=pictures,
            places=_chosen(self.places, other.places, order),
            boxes=boxes,
            names=names,
            patches=patches,
            seen=np.union1d(self.seen, other.seen),
            unreadable=self.unreadable + other.unreadable,
            unreadable_count=self.unreadable_count + other.unreadable_count,
        )

    def check(self, network: str, fingerprint: str, layer: str, k: int) -> None:
        """Refuse what these examples cannot be put together with.

        Raises:
            MethodError: another network, another layer, or another k.
        """
        if fingerprint != self.fingerprint:
            raise MethodError(
                f"These examples are of another network than {network}: of {self.network}, with the "
                f"fingerprint {self.fingerprint[:8]}… and not {fingerprint[:8]}…. "
                "Use another file, or load the network that they were made with."
            )
        if layer != self.layer:
            raise MethodError(f"These examples are of the layer {self.layer}, not {layer}. Use another file.")
        if k != self.k:
            raise MethodError(
                f"These examples keep {self.k} pictures for a channel, not {k}. "
                f"Ask for {self.k}, or use another file."
            )

    def chosen(self, channels: Sequence[int] | None = None) -> tuple[int, ...]:
        """Channels to show: those asked for, or all.

        Raises:
            LayerError: the layer has no such channel.
        """
        for channel in channels or ():
            self._check_channel(channel)
        return tuple(range(len(self))) if channels is None else tuple(channels)

    def _check_channel(self, channel: int) -> None:
        if not 0 <= channel < len(self):
            raise LayerError(
                f"{self.layer} has no channel {channel}. Its {len(self)} channels are 0 to {len(self) - 1}."
            )

    def sheet(self, channels: Sequence[int] | int | None = None) -> "Image":
        """One channel as its pictures with their values, or many channels as one mosaic each."""
        from tapetum.results.examples_drawing import many_channels, one_channel

        if isinstance(channels, int):
            return one_channel(self, channels)
        return many_channels(self, self.chosen(channels))

    def beside(self, found: "Visualisation") -> "Visualisation":
        """A visualisation with the photographs that drive the same channels most beside its pictures.

        Pictures of anything but a channel of this layer stay alone.

        Raises:
            MethodError: it is of another network, or none of its pictures is of a channel of this layer.
        """
        from tapetum.results.examples_drawing import mosaic

        self.check(found.network.name, found.network.fingerprint, self.layer, self.k)
        channels = [self._channel_of(panel.objective) for panel in found.panels]
        if all(channel is None for channel in channels):
            raise MethodError(
                f"These examples are of channels of {self.layer}, and the pictures of {found.objective}. "
                f"Visualise {self.layer}:0, or gather examples of the other layer."
            )
        panels = tuple(
            panel if channel is None else replace(panel, real=mosaic(self[channel], _BESIDE))
            for panel, channel in zip(found.panels, channels, strict=True)
        )
        return replace(found, panels=panels)

    def _channel_of(self, objective: str) -> int | None:
        """The channel of this layer that an objective is about and nothing else."""
        layer, _, unit = objective.rpartition(":")
        channel = unit.partition("@")[0]
        fits = layer == self.layer and channel.isdecimal() and int(channel) < len(self)
        return int(channel) if fits else None

    def save(self, path: str | Path, channels: Sequence[int] | int | None = None) -> Path:
        """Write everything (.npz), a page (.html) or a sheet (.png, .jpg, .webp) of some channels or of all.

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        from tapetum.results.examples_file import write

        return write(self, Path(path), channels)

    @staticmethod
    def load(path: str | Path) -> "Examples":
        """What `save` wrote as .npz.

        Raises:
            PictureError: no such file, or not one of examples.
        """
        from tapetum.results.examples_file import read

        return read(Path(path))

    def to_dict(self, channels: Sequence[int] | None = None) -> dict[str, Any]:
        """Some channels, or all, as plain data without pictures."""
        silent = set(self.silent)
        return {
            "layer": self.layer,
            "channels": len(self),
            "top": self.k,
            "input": list(self.size),
            "receptive_field": None if self.receptive_field is None else list(self.receptive_field),
            "pictures": len(self.seen),
            "unreadable": {
                "count": self.unreadable_count,
                "first": [{"picture": name, "reason": reason} for name, reason in self.unreadable],
            },
            "examples": [
                {
                    "channel": channel,
                    "silent": channel in silent,
                    "strongest": [example.to_dict() for example in self[channel]],
                }
                for channel in self.chosen(channels)
            ],
        }

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.sheet(range(min(_AT_ONCE, len(self))))))


def _strongest(
    mine: Examples, others: Examples
) -> tuple[Int[np.ndarray, "channels k"], Shaped[np.ndarray, "channels k"]]:
    """For each channel, which of both are the k strongest different pictures, and which of these exist.

    Equal values are put in the order of the means, then of the pictures' identities: nothing depends on who
    came first.
    """
    values, means, pictures = (
        np.concatenate([getattr(mine, name), getattr(others, name)], axis=1)
        for name in ("values", "means", "pictures")
    )
    order = np.lexsort((pictures, -means, -values))
    in_order = np.take_along_axis(pictures, order, axis=1)
    again = np.zeros(order.shape, bool)
    for place in range(1, order.shape[1]):
        again[:, place] = (in_order[:, :place] == in_order[:, place : place + 1]).any(1)
    there = (np.take_along_axis(values, order, axis=1) != NOTHING) & ~again
    first = np.argsort(~there, axis=1, kind="stable")[:, : mine.k]
    return np.take_along_axis(order, first, axis=1), np.take_along_axis(there, first, axis=1)


def _chosen(
    mine: Shaped[np.ndarray, "channels k ..."],
    others: Shaped[np.ndarray, "channels n ..."],
    order: Int[np.ndarray, "channels k"],
) -> Shaped[np.ndarray, "channels k ..."]:
    both = np.concatenate([mine, others], axis=1)
    found: np.ndarray = both[np.arange(len(both))[:, None], order]
    return found
