"""Labelled pictures as batches of pixels: held in memory where they are few, else read anew each time."""

import multiprocessing
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int, UInt8
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from tapetum.learning.data import PictureSet
from tapetum.network import Preparation

HOLD = 256 * 2**20
"""So many bytes of pixels are held in memory."""
_MOST_WORKERS = 4

Labelled = tuple[UInt8[Tensor, "batch channel height width"], Int[Tensor, " batch"]]


class _Held(Dataset[Any]):
    """All that there is, in memory; a batch is picked in one step."""

    def __init__(self, values: Tensor, labels: Int[Tensor, " pictures"]) -> None:
        self.values, self.labels = values, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitems__(self, places: Sequence[int]) -> tuple[Tensor, Tensor]:
        chosen = torch.as_tensor(places)
        return self.values[chosen], self.labels[chosen]


class _Streamed(Dataset[Any]):
    """Pictures that are read when their batch is due."""

    def __init__(self, data: PictureSet, preparation: Preparation) -> None:
        self.data, self.preparation = data, preparation

    def __len__(self) -> int:
        return len(self.data)

    def __getitems__(self, places: Sequence[int]) -> Labelled:
        pixels = torch.stack([pixels_of(self.data, place, self.preparation) for place in places])
        return pixels, torch.from_numpy(self.data.labels[np.asarray(places)])


def batches(
    data: PictureSet,
    preparation: Preparation,
    size: int,
    *,
    shuffle: int | None = None,
    hold: int = HOLD,
) -> "DataLoader[Labelled]":
    """Batches of pixels as the network sees them before normalisation, 0 to 255, and of their labels.

    Args:
        data: the pictures.
        preparation: how they are resized and cropped.
        size: pictures in a batch.
        shuffle: the seed of the order, another one in each round; None for the order of the data.
        hold: most bytes of pixels that are held in memory; of a larger set each batch is read when it is due,
            by worker processes where the system can fork them.
    """
    if len(data) * preparation.channels * preparation.rows * preparation.columns <= hold:
        pixels = torch.stack([pixels_of(data, place, preparation) for place in range(len(data))])
        return held_batches(pixels, torch.from_numpy(data.labels.copy()), size, shuffle=shuffle)
    workers = _workers() if multiprocessing.get_start_method() == "fork" else 0
    return _loader(_Streamed(data, preparation), size, shuffle, workers)


def held_batches(
    values: Tensor, labels: Int[Tensor, " pictures"], size: int, *, shuffle: int | None = None
) -> "DataLoader[Any]":
    """Batches of values that are there already, one row for each picture."""
    return _loader(_Held(values, labels), size, shuffle, 0)


def _loader(data: Dataset[Any], size: int, shuffle: int | None, workers: int) -> "DataLoader[Any]":
    return DataLoader(
        data,
        batch_size=size,
        shuffle=shuffle is not None,
        generator=None if shuffle is None else torch.Generator().manual_seed(shuffle),
        num_workers=workers,
        persistent_workers=workers > 0,
        collate_fn=_as_it_is,
    )


def pixels_of(
    data: PictureSet, place: int, preparation: Preparation
) -> UInt8[Tensor, "channel height width"]:
    """One picture as the network sees it before normalisation."""
    seen = np.atleast_3d(np.asarray(preparation.seen(data.fetch(place))))
    return torch.from_numpy(seen.transpose(2, 0, 1).copy())


def _workers() -> int:
    return max(1, min(_MOST_WORKERS, os.cpu_count() or 1))


def _as_it_is(batch: Any) -> Any:
    return batch
