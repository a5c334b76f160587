"""Splits by seed, in which every class keeps its share."""

from collections.abc import Sequence

import numpy as np

from tapetum.errors import DataError
from tapetum.learning.data.picture_set import PictureSet

PARTS = ("train", "validation", "test")


def split(
    data: PictureSet, shares: Sequence[float] = (0.7, 0.15, 0.15), *, seed: int = 0
) -> tuple[PictureSet, ...]:
    """Parts of the data with these shares of every class, each picture in exactly one part.

    Each class is shuffled by the seed and cut at its rounded shares, so that a part differs from its exact
    share by less than one picture of each class. Parts are named train, validation and test.

    Raises:
        DataError: shares that are not positive or do not add up to 1, or a class too small for a part.

    Example:
        >>> from tapetum.learning import lines, split
        >>> [part.counts for part in split(lines(20), seed=1)]
        [(14, 14), (3, 3), (3, 3)]
    """
    if not shares or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise DataError(f"The shares of a split are {tuple(shares)}. Give positive numbers that add up to 1.")
    chance = np.random.default_rng(seed)
    parts: list[list[int]] = [[] for _ in shares]
    edges = np.cumsum(shares)[:-1]
    for index, name in enumerate(data.classes):
        places = chance.permutation(np.flatnonzero(data.labels == index))
        cut = np.split(places, np.round(edges * len(places)).astype(int))
        if any(len(piece) == 0 for piece in cut):
            raise DataError(
                f"Class {name!r} of {data.name} has {len(places)} pictures, too few for {len(shares)} parts. "
                "Give it more, or split into fewer parts."
            )
        for held, piece in zip(parts, cut, strict=True):
            held.extend(piece.tolist())
    names = PARTS if len(shares) == 3 else tuple(f"part {i + 1}" for i in range(len(shares)))
    return tuple(
        data.picked(chance.permutation(part), f"{data.name} ({name})")
        for part, name in zip(parts, names, strict=True)
    )
