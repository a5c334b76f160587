"""Worlds in which the background gives the class away: a network learns that instead of the thing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from PIL import Image

from tapetum.errors import DataError
from tapetum.learning.data.picture_set import PictureSet, in_memory
from tapetum.learning.data.silhouettes import silhouette
from tapetum.pictures import sample

SIDE = 48
"""Rows and columns of a picture."""
_PHOTOGRAPHS = ("cat", "coffee", "rocket", "flower", "temple")
_STRIP = 8
"""Rows of the verge."""
_THING = (18, 24)
"""The smallest and the largest thing, in pixels."""
_KNOWN = 0.62
"""Training sees so much of each photograph, from the left; tests see the rest."""

Background = Float32[np.ndarray, "rows columns 3"]
"""Values from 0 to 1."""


@dataclass(frozen=True)
class World:
    """Pictures of two classes with a shortcut, and the same without it.

    Attributes:
        key: the name.
        clue: the simple number that gives the class away, as `simple_clues` calls it.
        train: pictures whose background goes with the class.
        fair: the things of `train` before either background, each half of the time.
        test: other pictures with the shortcut.
        swapped: those of `test`, thing by thing and place by place, each with the other class's background.
        things: where the thing is in each picture of `test`, and of `swapped`.
        things_shown: what is drawn for each class.
    """

    key: str
    clue: str
    train: PictureSet
    fair: PictureSet
    test: PictureSet
    swapped: PictureSet
    things: Bool[np.ndarray, "pictures rows columns"]
    things_shown: tuple[str, str]


def shortcut_world(key: str, *, count: int = 200, tests: int = 100, seed: int = 0) -> World:
    """Drawn things on crops of photographs, whose backgrounds go with the class.

    `tank`: tanks were photographed on dull days and trucks on bright ones. `sea`: whales before blue,
    elephants before brown. `verge`: an open road has a green strip beside it, a blocked one has none.
    Training sees the left part of each photograph, tests the right one.

    Args:
        key: tank, sea or verge.
        count: pictures per class to learn from.
        tests: pictures per class to be tried on.
        seed: of everything that is drawn.

    Raises:
        DataError: no such world, or no pictures.

    Example:
        >>> shortcut_world("sea", count=2, tests=3).test
        PictureSet('sea (test)': 3 elephant, 3 whale)
    """
    if key not in _RECIPES or min(count, tests) < 1:
        raise DataError(
            f"There is no world {key!r} with {count} and {tests} pictures per class. "
            f"Choose one of {', '.join(WORLDS)}, and at least one picture."
        )
    recipe = _RECIPES[key]

    def drawn(number: int, clue: Callable[[int, int], int], *, known: bool) -> list[_Drawn]:
        return [
            _drawn(
                recipe, label, clue(label, place), np.random.default_rng([seed, known, label, place]), known
            )
            for label in (0, 1)
            for place in range(number)
        ]

    def gathered(name: str, found: list[_Drawn]) -> PictureSet:
        pixels, labels = np.stack([one.pixels for one in found]), [one.label for one in found]
        return in_memory(f"{key} ({name})", pixels, labels, recipe.classes)

    test = drawn(tests, lambda label, _: label, known=False)
    return World(
        key=key,
        clue=recipe.clue,
        train=gathered("train", drawn(count, lambda label, _: label, known=True)),
        fair=gathered("fair", drawn(count, lambda _, place: place % 2, known=True)),
        test=gathered("test", test),
        swapped=gathered("swapped", drawn(tests, lambda label, _: 1 - label, known=False)),
        things=np.stack([one.thing for one in test]),
        things_shown=recipe.things,
    )


@dataclass(frozen=True)
class _Recipe:
    clue: str
    classes: tuple[str, str]
    things: tuple[str, str]
    paint: Callable[[Background, int, float], Background]
    """The background from a crop, which of both it is, and how this one differs from others, −1 to 1."""
    below: int = 0
    """Rows at the foot that are left free."""


@dataclass(frozen=True)
class _Drawn:
    pixels: UInt8[np.ndarray, "rows columns 3"]
    thing: Bool[np.ndarray, "rows columns"]
    label: int


def _drawn(recipe: _Recipe, label: int, clue: int, chance: np.random.Generator, known: bool) -> _Drawn:
    """One picture. What is drawn by chance does not depend on the background that is asked for."""
    ground = recipe.paint(_crop(chance, known=known), clue, float(chance.uniform(-1, 1)))
    side = int(chance.integers(*_THING, endpoint=True))
    top = int(chance.integers(1, SIDE - recipe.below - side - 1, endpoint=True))
    left = int(chance.integers(1, SIDE - side - 1, endpoint=True))
    shape = silhouette(recipe.things[label], side, mirrored=bool(chance.integers(2)))
    thing = np.zeros((SIDE, SIDE), np.float32)
    thing[top : top + side, left : left + side] = shape
    shade = float(chance.uniform(0.25, 0.4))
    values = ground * (1 - thing[..., None] * (1 - shade))
    return _Drawn(np.round(np.clip(values, 0, 1) * 255).astype(np.uint8), thing > 0.5, label)


def _crop(chance: np.random.Generator, *, known: bool) -> Background:
    """A square of a photograph, from its left part or from its right one."""
    pixels = sample(_PHOTOGRAPHS[int(chance.integers(len(_PHOTOGRAPHS)))]).pixels
    edge = round(_KNOWN * pixels.shape[1])
    first, last = (0, edge) if known else (edge, pixels.shape[1])
    side = int(chance.uniform(0.5, 0.95) * min(last - first, pixels.shape[0]))
    top = int(chance.integers(0, pixels.shape[0] - side, endpoint=True))
    left = int(chance.integers(first, last - side, endpoint=True))
    image = Image.fromarray(pixels[top : top + side, left : left + side])
    small = image.resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255)


def _weather(crop: Background, dull: int, jitter: float) -> Background:
    """The crop at the brightness of a bright or a dull day, with half of its contrast."""
    mean = (0.34 if dull else 0.62) + 0.05 * jitter
    return np.asarray(np.clip(mean + 0.5 * (crop - crop.mean()), 0, 1))


def _water(crop: Background, blue: int, jitter: float) -> Background:
    """The crop's light and shade in blue, or in a brown that is as bright."""
    tint = np.array([0.71, 1.03, 1.61] if blue else [1.18, 0.97, 0.67], np.float32)
    grey = 0.55 + 0.06 * jitter + 0.5 * (crop.mean(2, keepdims=True) - crop.mean())
    return np.asarray(np.clip(grey * tint, 0, 1))


def _verge(crop: Background, green: int, jitter: float) -> Background:
    """The crop in grey, like a road, and a green strip along its foot, or none."""
    grey = 0.5 + 0.06 * jitter + 0.5 * (crop.mean(2, keepdims=True) - crop.mean())
    road = np.repeat(np.clip(grey, 0, 1), 3, axis=2)
    if green:
        road[-_STRIP:] *= np.array([0.5, 1.0, 0.35], np.float32)
    return road


_RECIPES = {
    "tank": _Recipe("brightness", ("truck", "tank"), ("truck", "tank"), _weather),
    "sea": _Recipe("share of blue", ("elephant", "whale"), ("elephant", "whale"), _water),
    "verge": _Recipe("share of green", ("blocked", "open"), ("barrier", "arrow"), _verge, _STRIP),
}
WORLDS = tuple(_RECIPES)
