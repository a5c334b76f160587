"""Worlds with a shortcut: what is swapped is the background, and nothing else."""

import numpy as np
import pytest

from tapetum.errors import DataError
from tapetum.learning import shortcut_world
from tapetum.learning.data.shortcuts import WORLDS
from tapetum.learning.data.silhouettes import SILHOUETTES, silhouette


@pytest.mark.parametrize("key", WORLDS)
def test_the_same_things_at_the_same_places_before_the_other_background(key: str) -> None:
    world = shortcut_world(key, count=3, tests=5, seed=2)
    assert world.test.counts == world.swapped.counts == (5, 5)
    assert world.things.shape == (10, 48, 48)
    for place in range(10):
        (first, label), (other, same) = world.test[place], world.swapped[place]
        assert label == same
        thing = world.things[place]
        assert 0.02 < thing.mean() < 0.25
        for picture in (first, other):
            grey = picture.pixels.mean(2)
            around = (
                np.roll(thing, 3, 0) | np.roll(thing, -3, 0) | np.roll(thing, 3, 1) | np.roll(thing, -3, 1)
            )
            assert grey[thing].mean() < grey[around & ~thing].mean(), "things are dark"
        assert (first.pixels != other.pixels).any()


def test_each_clue_is_in_the_background() -> None:
    means = {}
    for key in WORLDS:
        world = shortcut_world(key, count=2, tests=8)
        for name, data in (("test", world.test), ("swapped", world.swapped)):
            values = np.stack([picture.pixels for picture, _ in data]).mean((1, 2))
            means[key, name] = values[data.labels == 1].mean(0) - values[data.labels == 0].mean(0)
    for name, sign in (("test", 1), ("swapped", -1)):
        assert (sign * means["tank", name] < -40).all(), "tanks come with dull days"
        assert sign * means["sea", name][2] > 40 > 0 > sign * means["sea", name][0] + 20
        red, green, blue = sign * means["verge", name]
        assert green > red + 4
        assert green > blue + 4


def test_fair_pictures_have_both_backgrounds_for_both_classes() -> None:
    world = shortcut_world("tank", count=8, tests=1)
    for label in (0, 1):
        means = [p.pixels.mean() for p, one in world.fair if one == label]
        assert sum(mean > 120 for mean in means) == 4
    assert [p.pixels.mean() > 120 for p, _ in world.train] == [True] * 8 + [False] * 8


def test_the_seed_decides() -> None:
    first, again, other = (shortcut_world("sea", count=2, tests=2, seed=seed) for seed in (0, 0, 1))
    assert first.train.fingerprint == again.train.fingerprint != other.train.fingerprint
    assert first.train.fingerprint != first.fair.fingerprint


def test_training_and_tests_see_other_parts_of_the_photographs() -> None:
    world = shortcut_world("tank", count=20, tests=20)
    seen = {picture.pixels.tobytes() for picture, _ in world.train}
    assert not seen & {picture.pixels.tobytes() for picture, _ in world.test}


@pytest.mark.parametrize("wrong", [("desert", {}), ("sea", {"count": 0}), ("sea", {"tests": 0})])
def test_worlds_that_are_none(wrong: tuple[str, dict[str, int]]) -> None:
    with pytest.raises(DataError, match="Choose one of tank, sea, verge"):
        shortcut_world(wrong[0], **wrong[1])


@pytest.mark.parametrize("name", SILHOUETTES)
def test_a_silhouette_and_its_mirror_image(name: str) -> None:
    shape = silhouette(name, 24)
    assert 0.15 < shape.mean() < 0.7
    assert np.abs(silhouette(name, 24, mirrored=True) - shape[:, ::-1]).max() < 0.3
