"""How pictures should reach a network that is trained on them, measured on the pictures themselves."""

import numpy as np

from tapetum.learning.data import PictureSet
from tapetum.network import Preparation
from tapetum.progress import stage

_LARGEST = 128
_OTHERWISE = (64, 64)
_LOOKED_AT = 2000


def measured(data: PictureSet, *, size: tuple[int, int] | None = None, seed: int = 0) -> Preparation:
    """The preparation under which the pixels of each channel have mean 0 and standard deviation 1.

    Pictures without colour are read as grey ones. The input has the size of the pictures where all have one
    of at most 128 pixels a side, else 64×64.

    Args:
        data: the training part, and nothing else, so that the other parts stay unseen.
        size: rows and columns; None for those above.
        seed: of the choice of the pictures that are looked at, where there are more than 2000.

    Raises:
        PictureError: a picture cannot be read.

    Example:
        >>> from tapetum.learning import lines
        >>> preparation = measured(lines(20, size=24))
        >>> preparation.channels, preparation.rows, preparation.columns
        (1, 24, 24)
    """
    places = np.arange(len(data))
    if len(places) > _LOOKED_AT:
        places = np.random.default_rng(seed).choice(places, _LOOKED_AT, replace=False)
    means, squares = np.zeros((len(places), 3)), np.zeros((len(places), 3))
    sizes: set[tuple[int, int]] = set()
    grey = True
    with stage("Measuring", len(places)) as advance:
        for row, place in enumerate(places):
            picture = data.fetch(int(place))
            values = picture.pixels.reshape(-1, 3) / 255
            means[row], squares[row] = values.mean(0), (values**2).mean(0)
            sizes.add((picture.rows, picture.columns))
            grey = grey and not np.ptp(picture.pixels, axis=2).any()
            advance(1)
    mean = means.mean(0)
    spread = np.sqrt(np.maximum(squares.mean(0) - mean**2, 0))
    rows, columns = size or _size(sizes)
    channels = 1 if grey else 3
    return Preparation(
        rows,
        columns,
        channels=channels,
        mean=tuple(float(value) for value in mean[:channels]),
        # A channel without any contrast is left as it is.
        std=tuple(float(value) or 1.0 for value in spread[:channels]),
    )


def _size(sizes: set[tuple[int, int]]) -> tuple[int, int]:
    only = sizes.pop() if len(sizes) == 1 else None
    return only if only is not None and max(only) <= _LARGEST else _OTHERWISE
