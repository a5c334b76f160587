"""Pictures from another source than those of the lesson on smiles: cuttings of the sample photographs."""

import numpy as np
from PIL import Image

from tapetum.learning import PictureSet, in_memory
from tapetum.pictures import sample

_WITHOUT = ("cat", "coffee", "flower", "temple", "rocket")
_EACH = 24
_FACE = ("astronaut", 222, 125)
"""The photograph with a face, and the column and row of its middle."""


def cuttings(classes: tuple[str, str], side: int, *, seed: int = 0) -> PictureSet:
    """Grey squares of photographs: 120 without a face, and 24 of one face, moved and scaled a little."""
    chance = np.random.default_rng(seed)
    pixels = [_cut(name, chance, side) for name in _WITHOUT for _ in range(_EACH)]
    pixels += [_cut_face(chance, side) for _ in range(_EACH)]
    labels = np.repeat([0, 1], [_EACH * len(_WITHOUT), _EACH])
    return in_memory("other photographs", np.stack(pixels), labels, classes)


def _cut(name: str, chance: np.random.Generator, side: int) -> np.ndarray:
    image = sample(name).image
    large = int(chance.integers(60, 180))
    left, top = (int(chance.integers(0, length - large)) for length in image.size)
    return _small(image, left, top, large, side)


def _cut_face(chance: np.random.Generator, side: int) -> np.ndarray:
    name, column, row = _FACE
    large = int(chance.integers(90, 125))
    left, top = (middle - large // 2 + int(chance.integers(-8, 9)) for middle in (column, row))
    return _small(sample(name).image, left, top, large, side)


def _small(image: Image.Image, left: int, top: int, large: int, side: int) -> np.ndarray:
    cut = image.convert("L").crop((left, top, left + large, top + large))
    return np.asarray(cut.resize((side, side), Image.Resampling.BOX))
