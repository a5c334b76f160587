"""Labelled pictures as batches of pixels: held in memory where they are few, else read anew each time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Int, Shaped, UInt8
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler, SequentialSampler

from tapetum.learning.data import PictureSet
from tapetum.network import Preparation
from tapetum.progress import stage

HOLD = 256 * 2**20
"""So many bytes of pixels are held in memory."""
_READERS = 4
"""Threads that decode the pictures of a batch side by side."""

Labelled = tuple[UInt8[Tensor, "batch channel height width"], Int[Tensor, " batch"]]
Rows = tuple[Shaped[Tensor, "batch *shape"], Int[Tensor, " batch"]]
"""Pixels, or features, with their labels."""


class _Held(Dataset[Rows]):
    """All that there is, in memory; a batch is picked in one step."""

    def __init__(self, values: Tensor, labels: Int[Tensor, " pictures"]) -> None:
        self.values, self.labels = values, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitems__(self, places: Sequence[int]) -> Rows:
        chosen = torch.as_tensor(places)
        return self.values[chosen], self.labels[chosen]


class _Streamed(Dataset[Rows]):
    """Pictures that are read when their batch is due."""

    def __init__(self, data: PictureSet, preparation: Preparation) -> None:
        self.data, self.preparation = data, preparation

    def __len__(self) -> int:
        return len(self.data)

    def __getitems__(self, places: Sequence[int]) -> Labelled:
        with ThreadPoolExecutor(_READERS) as readers:
            read = partial(pixels_of, self.data, preparation=self.preparation)
            pixels = torch.stack(list(readers.map(read, places)))
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
            by a few threads. Processes would have to be forked, which torch and OpenVINO do not survive once
            they have threads of their own.
    """
    if len(data) * preparation.channels * preparation.rows * preparation.columns <= hold:
        pixels = torch.stack(list(_read(data, preparation)))
        return held_batches(pixels, torch.from_numpy(data.labels.copy()), size, shuffle=shuffle)
    return _loader(_Streamed(data, preparation), size, shuffle)


def held_batches(
    values: Tensor, labels: Int[Tensor, " pictures"], size: int, *, shuffle: int | None = None
) -> "DataLoader[Rows]":
    """Batches of values that are there already, one row for each picture."""
    return _loader(_Held(values, labels), size, shuffle)


def _loader(data: _Held | _Streamed, size: int, shuffle: int | None) -> "DataLoader[Rows]":
    order = SequentialSampler(data) if shuffle is None else RandomSampler(data, generator=_chance(shuffle))
    return DataLoader(
        data,
        batch_size=size,
        sampler=order,
        # Batch-norm cannot learn from a picture alone; the next round leaves out another one.
        drop_last=shuffle is not None and len(data) > size and len(data) % size == 1,
        # What the loader draws now and then must shift neither the order nor dropout.
        generator=_chance(0),
        collate_fn=_as_it_is,
    )


def _chance(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _read(data: PictureSet, preparation: Preparation) -> Iterator[UInt8[Tensor, "channel height width"]]:
    with stage(f"Reading {data.name}", len(data)) as advance:
        for place in range(len(data)):
            yield pixels_of(data, place, preparation)
            advance(1)


def pixels_of(
    data: PictureSet, place: int, preparation: Preparation
) -> UInt8[Tensor, "channel height width"]:
    """One picture as the network sees it before normalisation."""
    seen = np.atleast_3d(np.asarray(preparation.seen(data.fetch(place))))
    return torch.from_numpy(seen.transpose(2, 0, 1).copy())


def _as_it_is(batch: Any) -> Any:
    return batch
