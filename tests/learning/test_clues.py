"""Simple numbers that give a class away, on data in which it is known which do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import scores as oracle

from tapetum.errors import DataError
from tapetum.learning import in_memory, simple_clues
from tapetum.learning.clues import guessed

CHANCE = np.random.default_rng(4)
NOISE = CHANCE.integers(60, 120, (60, 8, 8, 3)).astype(np.uint8)
LABELS = np.arange(60) % 2


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("brightness", np.array([40, 40, 40])),
        ("share of green", np.array([0, 40, 0])),
        ("share of blue", np.array([0, 0, 60])),
        ("hue", np.array([60, 0, 0])),
    ],
)
def test_what_was_added_is_found(name: str, change: np.ndarray) -> None:
    pixels = NOISE + (LABELS[:, None, None, None] * change).astype(np.uint8)
    clues = {clue.name: clue for clue in simple_clues(in_memory("s", pixels, LABELS, ["a", "b"]))}
    assert clues[name].gives_away
    assert clues[name].accuracy >= 0.95
    assert clues[name].p == pytest.approx(1 / 100)
    if name == "brightness":
        assert not any(clues[other].gives_away for other in clues if other != name)


def test_contrast_is_no_brightness() -> None:
    pixels = np.full((40, 8, 8, 3), 100, np.uint8)
    pixels[::2, ::2] += 40
    pixels[::2, 1::2] -= 40
    clues = {clue.name: clue for clue in simple_clues(in_memory("s", pixels, np.arange(40) % 2, ["a", "b"]))}
    assert [name for name, clue in clues.items() if clue.gives_away] == ["contrast"]


def test_noise_gives_nothing_away_and_the_seed_decides() -> None:
    data = in_memory("s", NOISE, LABELS, ["a", "b"])
    first, again, other = (simple_clues(data, seed=seed) for seed in (0, 0, 1))
    assert first == again != other
    assert not any(clue.gives_away for clue in first)
    assert all(clue.base_rate == 0.5 for clue in first)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=9, max_size=24))
def test_one_threshold_by_brute_force(drawn: list[tuple[int, int]]) -> None:
    values, labels = (np.array(side) for side in zip(*drawn, strict=True))
    fold = np.arange(len(drawn)) % 3
    found = guessed(values[:, None].astype(float), labels, fold)
    assert found == pytest.approx(oracle.one_threshold(values.tolist(), labels.tolist(), fold.tolist()))


def test_a_class_too_small_for_folds_is_named() -> None:
    with pytest.raises(DataError, match="'b' of s has 2 pictures"):
        simple_clues(in_memory("s", NOISE[:10], [0] * 8 + [1] * 2, ["a", "b"]))
