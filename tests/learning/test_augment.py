"""Augmentation: what each amount does, against a slow walk over the pixels."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.augment import changed as slowly

from tapetum.errors import DataError
from tapetum.learning import Augmentation, parse_augmentation
from tapetum.learning.augment import Amounts, changed, drawn

STILL = {"mirror": 1.0, "angle": 0.0, "down": 0.0, "across": 0.0, "zoom": 1.0, "light": 1.0}


def amounts(*each: dict[str, float]) -> Amounts:
    full = [{**STILL, **one} for one in each]
    return Amounts(**{name: torch.tensor([one[name] for one in full]) for name in STILL})


@settings(max_examples=30, deadline=None)
@given(
    st.integers(2, 9),
    st.integers(2, 9),
    st.sampled_from([-1.0, 1.0]),
    st.floats(-3, 3),
    st.floats(-0.5, 0.5),
    st.floats(-0.5, 0.5),
    st.floats(0.3, 2),
    st.floats(0, 2),
)
def test_every_change_is_that_of_the_slow_walk(
    rows: int,
    columns: int,
    mirror: float,
    angle: float,
    down: float,
    across: float,
    zoom: float,
    light: float,
) -> None:
    picture = np.random.default_rng(rows * columns).uniform(size=(rows, columns))
    how = {"mirror": mirror, "angle": angle, "down": down, "across": across, "zoom": zoom, "light": light}
    batch = torch.from_numpy(picture)[None, None].repeat(2, 3, 1, 1)
    found = changed(batch, amounts({}, how))
    assert torch.allclose(found[0], batch[0], atol=1e-6)
    expected = torch.from_numpy(slowly(picture, **how)).expand(3, -1, -1)
    assert torch.allclose(found[1], expected, atol=2e-5)


def test_directions_are_those_that_the_words_say() -> None:
    picture = torch.zeros(1, 1, 4, 4)
    picture[..., 1, 0] = 1
    assert torch.equal(changed(picture, amounts({"mirror": -1.0})), picture.flip(3))
    assert changed(picture, amounts({"down": 0.25}))[0, 0, 2, 0] == 1
    assert changed(picture, amounts({"across": 0.5}))[0, 0, 1, 2] == 1
    turned = changed(picture, amounts({"angle": np.pi / 2}))
    assert turned[0, 0, 0, 2] == pytest.approx(1, abs=1e-5)
    assert torch.equal(changed(picture, amounts({})), picture)


def test_what_is_drawn_is_in_its_range_and_comes_from_the_generator() -> None:
    how = Augmentation(flip=0.3, rotate=20.0, shift=0.1, zoom=0.2, brightness=0.4)
    found = drawn(how, 4000, torch.Generator().manual_seed(1))
    again = drawn(how, 4000, torch.Generator().manual_seed(1))
    assert all(torch.equal(getattr(found, name), getattr(again, name)) for name in STILL)
    assert (found.mirror < 0).float().mean() == pytest.approx(0.3, abs=0.03)
    for values, middle, most in (
        (found.angle, 0, np.radians(20)),
        (found.down, 0, 0.1),
        (found.across, 0, 0.1),
        (found.zoom, 1, 0.2),
        (found.light, 1, 0.4),
    ):
        assert (values - middle).abs().max() <= most * 1.000001
        assert values.std() == pytest.approx(most / np.sqrt(3), rel=0.05)
    assert (drawn(Augmentation(), 10, torch.Generator()).mirror == 1).all()


def test_kinds_are_read_with_their_amounts_or_without() -> None:
    assert parse_augmentation("") == Augmentation()
    assert parse_augmentation(" flip, shift=0.2 ") == Augmentation(flip=0.5, shift=0.2)
    assert parse_augmentation("rotate,zoom,brightness") == Augmentation(rotate=10.0, zoom=0.1, brightness=0.2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mirror", "no augmentation 'mirror'. Give some of: flip, rotate"),
        ("rotate=much", "'rotate=much' has no number. Write rotate=10"),
        ("rotate=nan", "rotate is nan. Give a number from 0 to 180"),
        ("shift=2", "shift is 2. Give a number from 0 to 0.9"),
        ("flip=-1", "flip is -1"),
    ],
)
def test_what_cannot_be_is_named(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        parse_augmentation(text)
