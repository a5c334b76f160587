"""Simple numbers that tell classes apart without looking at anything in particular."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from tapetum.errors import DataError
from tapetum.learning.data import PictureSet
from tapetum.progress import stage

_FOLDS = 3


@dataclass(frozen=True)
class Clue:
    """How well the class is guessed from one simple number of a picture.

    Attributes:
        name: what the number is.
        accuracy: of one threshold on it, on pictures that the threshold was not chosen on.
        base_rate: the accuracy of always guessing the most frequent class.
        p: how often labels dealt out anew are guessed as well, at least 1 / (permutations + 1).
    """

    name: str
    accuracy: float
    base_rate: float
    p: float

    @property
    def gives_away(self) -> bool:
        """Whether this number alone finds most of what the base rate leaves open."""
        return self.accuracy - self.base_rate >= 0.6 * (1 - self.base_rate) and self.p <= 0.05


def simple_clues(data: PictureSet, *, permutations: int = 99, seed: int = 0) -> tuple[Clue, ...]:
    """Whether brightness, contrast, hue or the share of a colour alone give the class away.

    For each a threshold is chosen and tried in three folds, and again with labels dealt out anew. A data set
    of which such a number says much teaches a network that number.

    Args:
        data: labelled pictures, of which all are read.
        permutations: how often labels are dealt out anew.
        seed: of folds and permutations.

    Raises:
        DataError: a class with fewer than three pictures.
        PictureError: a picture cannot be read.

    Reference:
        Ojala, Garriga (2010), Permutation Tests for Studying Classifier Performance.
    """
    few = min((count, name) for count, name in zip(data.counts, data.classes, strict=True))
    if few[0] < _FOLDS:
        raise DataError(
            f"The class {few[1]!r} of {data.name} has {few[0]} pictures. Give at least {_FOLDS} of each."
        )
    values = np.stack([_numbers(data.fetch(place).pixels) for place in range(len(data))])
    chance = np.random.default_rng(seed)
    fold = _folds(data.labels, chance)
    dealt = [data.labels, *(chance.permutation(data.labels) for _ in range(permutations))]
    found = []
    with stage("Looking for simple clues", len(_CLUES)) as advance:
        for name, columns in _CLUES.items():
            accuracy, *others = (guessed(values[:, columns], labels, fold) for labels in dealt)
            as_good = sum(other >= accuracy for other in others)
            found.append(
                Clue(name, accuracy, max(data.counts) / len(data), (1 + as_good) / (1 + permutations))
            )
            advance(1)
    return tuple(found)


def guessed(
    values: Float[np.ndarray, "pictures numbers"],
    labels: Int[np.ndarray, " pictures"],
    fold: Int[np.ndarray, " pictures"],
) -> float:
    """How often one threshold on one of the numbers names the class, on folds that it was not chosen on."""
    right = 0
    for held in range(_FOLDS):
        learnt, tried = fold != held, fold == held
        column, split = max(
            ((column, _split(values[learnt, column], labels[learnt])) for column in range(values.shape[1])),
            key=lambda found: found[1].right,
        )
        below = values[tried, column] <= split.threshold
        right += int((np.where(below, split.below, split.above) == labels[tried]).sum())
    return right / len(labels)


@dataclass(frozen=True)
class _Split:
    right: int
    threshold: float
    below: int
    above: int


def _split(values: Float[np.ndarray, " pictures"], labels: Int[np.ndarray, " pictures"]) -> _Split:
    """The threshold that names most classes rightly: the most frequent one below it, and that above it."""
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    below = np.cumsum(np.eye(labels.max() + 1, dtype=int)[labels[order]], axis=0)
    above = below[-1] - below
    right = below.max(1) + above.max(1)
    # Equal values cannot be parted.
    right[:-1][sorted_values[:-1] == sorted_values[1:]] = 0
    best = int(right.argmax())
    threshold = float(sorted_values[best : best + 2].mean())
    return _Split(int(right[best]), threshold, int(below[best].argmax()), int(above[best].argmax()))


def _folds(labels: Int[np.ndarray, " pictures"], chance: np.random.Generator) -> Int[np.ndarray, " pictures"]:
    """A fold for each picture, every class spread over all of them."""
    fold = np.empty(len(labels), int)
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        fold[chance.permutation(places)] = np.arange(len(places)) % _FOLDS
    return fold


_CLUES = {
    "brightness": [0],
    "contrast": [1],
    "share of red": [2],
    "share of green": [3],
    "share of blue": [4],
    "hue": [5, 6],
}
"""Which numbers belong to a clue; hue is an angle, and has two."""


def _numbers(pixels: np.ndarray) -> Float[np.ndarray, " numbers"]:
    """The numbers of a picture: means over its pixels, 0 to 1, and the mean direction of its hues."""
    values = pixels.reshape(-1, 3) / 255
    brightness = values @ np.array([0.299, 0.587, 0.114])
    shares = values.sum(0) / max(values.sum(), 1e-9)
    # The two chroma axes of the colour hexagon: an angle that weighs as much as its colour is strong.
    red, green, blue = values.T
    east, north = (red - (green + blue) / 2).mean(), (np.sqrt(0.75) * (green - blue)).mean()
    strength = max(float(np.hypot(east, north)), 1e-9)
    found = np.array([brightness.mean(), brightness.std(), *shares, east / strength, north / strength])
    # The last bits depend on the order in which pixels were summed up, and are no clue.
    return found.round(9)
