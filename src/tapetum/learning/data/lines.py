"""Horizontal and vertical lines: the simplest pictures that a kernel can learn to tell apart."""

import numpy as np

from tapetum.errors import DataError
from tapetum.learning.data.picture_set import PictureSet, in_memory

CLASSES = ("horizontal", "vertical")


def lines(
    count: int = 600,
    *,
    size: int = 50,
    thickness: tuple[int, int] = (2, 6),
    noise: float = 0.1,
    seed: int = 0,
) -> PictureSet:
    """Grey pictures with one bright line each, `count` per class.

    Where the line lies, how long it is (half to all of the picture), how thick and how bright are drawn alike
    for both classes: a vertical line is a horizontal one, turned.

    Args:
        count: pictures per class.
        size: rows and columns.
        thickness: the least and the greatest, in pixels.
        noise: standard deviation of Gaussian noise, as a share of white.
        seed: of everything that is drawn.

    Raises:
        DataError: a number that is out of range.
    """
    low, high = thickness
    if count < 1 or not 1 <= low <= high < size or noise < 0:
        raise DataError(
            f"Lines of thickness {low} to {high} in pictures of {size} pixels, {count} per class, noise "
            f"{noise}: give at least one picture, and a thickness from 1 to below the size."
        )
    chance = np.random.default_rng(seed)
    values = np.zeros((2 * count, size, size))
    for place in range(2 * count):
        thick = int(chance.integers(low, high, endpoint=True))
        long = int(chance.integers(size // 2, size, endpoint=True))
        top, left = (int(chance.integers(0, size - side, endpoint=True)) for side in (thick, long))
        values[place, top : top + thick, left : left + long] = chance.uniform(0.6, 1.0)
    values[count:] = values[count:].transpose(0, 2, 1)
    values += chance.normal(0, noise, values.shape)
    pixels = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return in_memory("lines", pixels, np.repeat([0, 1], count), CLASSES)
