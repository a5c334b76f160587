"""Handwritten digits, 8 × 8, that come with scikit-learn."""

from collections.abc import Sequence

import numpy as np

from tapetum.errors import DataError
from tapetum.learning.data.picture_set import PictureSet, in_memory

_GREATEST = 16.0


def digits(which: Sequence[int] = tuple(range(10))) -> PictureSet:
    """1,797 grey pictures of ten digits, or those of a few; ink is bright.

    Raises:
        DataError: fewer than two digits, or what is no digit.

    Reference:
        Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, UCI repository.
    """
    from sklearn.datasets import load_digits

    chosen = list(dict.fromkeys(which))
    if len(chosen) < 2 or not set(chosen) <= set(range(10)):
        raise DataError(f"The digits are {list(which)}. Give at least two different ones from 0 to 9.")
    found = load_digits()
    places = np.flatnonzero(np.isin(found.target, chosen))
    pixels = np.round(found.images[places] / _GREATEST * 255).astype(np.uint8)
    labels = np.array([chosen.index(digit) for digit in found.target[places]])
    return in_memory("digits", pixels, labels, [str(digit) for digit in chosen])
