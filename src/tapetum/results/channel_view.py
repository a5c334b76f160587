"""One channel of a layer: its map, the filter that makes it, and what it is worth to the classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

_KERNELS = 64
_CLASSES = 8


@dataclass(frozen=True, eq=False)
class ChannelFilter:
    """The filter behind a channel: `kernels[k]` reads input channel `inputs[k]` of the layer `layer`."""

    layer: str
    inputs: tuple[int, ...]
    kernels: Float[np.ndarray, "kernel rows columns"]
    groups: int
    colour: bool

    def to_dict(self) -> dict[str, Any]:
        """The strongest kernels as plain data."""
        strength = np.abs(self.kernels).sum((1, 2))
        kept = np.argsort(-strength, kind="stable")[:_KERNELS] if not self.colour else np.arange(3)
        return {
            "layer": self.layer,
            "rows": self.kernels.shape[1],
            "columns": self.kernels.shape[2],
            "groups": self.groups,
            "colour": self.colour,
            "total": len(self.inputs),
            "largest": float(np.abs(self.kernels).max()),
            "channels": [self.inputs[place] for place in kept],
            "kernels": self.kernels[kept].tolist(),
        }


@dataclass(frozen=True, eq=False)
class ChannelView:
    """One channel on one picture.

    `filter` is None where the channel is not the output of one convolution, through batch-norm and activation
    at most. `weights` are what the channel is worth to each class, where the layer is pooled into one linear
    layer; None elsewhere. `predicted` are the classes that the network sees in the picture.
    """

    layer: str
    channel: int
    title: str
    values: Float[np.ndarray, "rows columns"]
    filter: ChannelFilter | None
    weights: Float[np.ndarray, " classes"] | None
    labels: tuple[str, ...]
    predicted: tuple[int, ...]

    @property
    def peak(self) -> tuple[int, int]:
        """Row and column of the largest value."""
        row, column = divmod(int(self.values.argmax()), self.values.shape[1])
        return row, column

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data without the map."""
        row, column = self.peak
        vector = self.values.size == 1
        return {
            "layer": self.layer,
            "channel": self.channel,
            "title": self.title,
            "rows": None if vector else self.values.shape[0],
            "columns": None if vector else self.values.shape[1],
            "least": float(self.values.min()),
            "largest": float(self.values.max()),
            "mean": float(self.values.mean()),
            "peak": {
                "row": None if vector else row,
                "column": None if vector else column,
                "value": float(self.values[row, column]),
            },
            "filter": None if self.filter is None else self.filter.to_dict(),
            "weights": None if self.weights is None else self._towards(self.weights),
        }

    def _towards(self, weights: Float[np.ndarray, " classes"]) -> dict[str, Any]:
        order = np.argsort(-weights, kind="stable")
        chosen: dict[str, Sequence[int]] = {
            "strongest": order[:_CLASSES].tolist(),
            "weakest": order[::-1][:_CLASSES].tolist(),
            "predicted": self.predicted,
        }
        return {
            name: [{"index": i, "label": self.labels[i], "weight": float(weights[i])} for i in indices]
            for name, indices in chosen.items()
        }


@dataclass(frozen=True, eq=False)
class Histogram:
    """How the values of a channel spread over pictures: `counts[k]` lie from `edges[k]` to `edges[k + 1]`."""

    edges: Float[np.ndarray, " edges"]
    counts: Int[np.ndarray, " bins"]
    pictures: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "edges": self.edges.tolist(),
            "counts": self.counts.tolist(),
            "pictures": self.pictures,
            "values": int(self.counts.sum()),
        }
