"""A bright object in one of two corners: the simplest pictures whose weights a person can foresee."""

import numpy as np

from tapetum.errors import DataError
from tapetum.learning.data.picture_set import PictureSet, in_memory

CLASSES = ("upper right", "lower left")


def corners(count: int = 200, *, size: int = 8, noise: float = 0.1, seed: int = 0) -> PictureSet:
    """Dark grey pictures with a bright object, `count` per class.

    Class 0 has it in the upper right, class 1 in the lower left. Its sides are from a quarter to half of the
    picture's, and it lies inside its quarter.

    Args:
        count: pictures per class.
        size: rows and columns.
        noise: standard deviation of Gaussian noise, as a share of white.
        seed: of everything that is drawn.

    Raises:
        DataError: a number that is out of range.

    Example:
        >>> from tapetum.learning import corners
        >>> corners(3).counts
        (3, 3)
    """
    if count < 1 or size < 4 or noise < 0:
        raise DataError(
            f"Corners of {size} pixels, {count} pictures per class, noise {noise}: give at least one picture "
            "of at least 4 pixels a side, and no negative noise."
        )
    chance = np.random.default_rng(seed)
    half = size // 2
    values = np.full((2 * count, size, size), 0.1)
    for place in range(2 * count):
        tall, wide = (int(chance.integers(max(1, size // 4), half, endpoint=True)) for _ in range(2))
        down, across = (int(chance.integers(0, half - side, endpoint=True)) for side in (tall, wide))
        # Counted from the corner: from the right edge of class 0, from the lower edge of class 1.
        top, left = (down, size - across - wide) if place < count else (size - down - tall, across)
        values[place, top : top + tall, left : left + wide] = chance.uniform(0.6, 1.0)
    values += chance.normal(0, noise, values.shape)
    pixels = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return in_memory("corners", pixels, np.repeat([0, 1], count), CLASSES)
