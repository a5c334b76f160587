"""Simple numbers that tell classes apart without looking at anything in particular."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

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


def simple_clues(data: PictureSet, *, permutations: int = 39, seed: int = 0) -> tuple[Clue, ...]:
    """Whether brightness, contrast, hue or the share of a colour alone give the class away.

    For each a tree of a single threshold is fitted and tried in three folds, and again with labels dealt out
    anew. A data set of which such a number says much teaches a network that number.

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
    from sklearn.model_selection import StratifiedKFold, permutation_test_score
    from sklearn.tree import DecisionTreeClassifier

    few = min((count, name) for count, name in zip(data.counts, data.classes, strict=True))
    if few[0] < _FOLDS:
        raise DataError(
            f"The class {few[1]!r} of {data.name} has {few[0]} pictures. Give at least {_FOLDS} of each."
        )
    values = np.stack([_numbers(data.fetch(place).pixels) for place in range(len(data))])
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    found = []
    with stage("Looking for simple clues", len(_CLUES)) as advance:
        for name, columns in _CLUES.items():
            accuracy, _, p = permutation_test_score(
                DecisionTreeClassifier(max_depth=1),
                values[:, columns],
                data.labels,
                cv=folds,
                n_permutations=permutations,
                random_state=seed,
            )
            found.append(Clue(name, float(accuracy), max(data.counts) / len(data), float(p)))
            advance(1)
    return tuple(found)


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
    return np.array([brightness.mean(), brightness.std(), *shares, east / strength, north / strength])
