"""Colours of numbers, against values computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tapetum.errors import NonFiniteError, PictureError
from tapetum.pictures import NEGATIVE, POSITIVE, ZERO, overlay, resize_map, signed

FLOATS = hnp.arrays(
    st.sampled_from([np.float32, np.float64]),
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.floats(-(2.0**100), 2.0**100, width=32),
)


def test_tokens():
    assert (POSITIVE, NEGATIVE, ZERO) == ((214, 245, 94), (56, 214, 198), (13, 18, 26))


def test_signed_by_hand():
    # 0.5 ^ 0.8 = 0.574349; 13 + 201 · 0.574349 = 128.44, 18 + 227 · … = 148.38, 26 + 68 · … = 65.06
    # below zero: 13 + 43 · 0.574349 = 37.70, 18 + 196 · … = 130.57, 26 + 172 · … = 124.79
    seen = signed(np.array([[0.0, 0.5, -0.5], [1.0, -1.0, -0.0]]), scale=1.0)
    assert seen.tolist() == [
        [[13, 18, 26], [128, 148, 65], [38, 131, 125]],
        [[214, 245, 94], [56, 214, 198], [13, 18, 26]],
    ]
    assert seen.dtype == np.uint8


def test_signed_is_as_strong_on_both_sides():
    values = np.linspace(0, 1, 11)[None]
    share = (signed(values, 1.0).astype(float) - ZERO) / (np.array(POSITIVE) - ZERO)
    other = (signed(-values, 1.0).astype(float) - ZERO) / (np.array(NEGATIVE) - ZERO)
    assert np.abs(share - other).max() < 0.02


def test_signed_is_shared_across_maps_by_its_scale():
    values = np.array([[0.2, -3.0]])
    assert (signed(values, 3.0) == signed(values * 1e-9, 3e-9)).all()
    assert (signed(values * 10, 3.0)[0, 1] == NEGATIVE).all()


@given(FLOATS, st.floats(0, 1e300, exclude_min=True))
def test_signed_never_leaves_its_two_ramps(values, scale):
    seen = signed(values, scale).astype(int)
    assert (seen[values == 0] == ZERO).all()
    for ends, chosen in ((POSITIVE, values > 0), (NEGATIVE, values < 0)):
        assert (seen[chosen] >= np.minimum(ZERO, ends)).all()
        assert (seen[chosen] <= np.maximum(ZERO, ends)).all()


def test_all_zero_needs_no_scale():
    assert (signed(np.zeros((2, 3)), 0.0) == np.array(ZERO)).all()
    picture = np.full((2, 3, 3), 200, np.uint8)
    assert (overlay(picture, np.zeros((2, 3)), 0.0) == 56).all()


def test_overlay_by_hand():
    picture = np.full((1, 4, 3), (200, 100, 0), np.uint8)
    seen = overlay(picture, np.array([[-5.0, 0.0, 1.0, 4.0]]), scale=4.0)
    # k = 0: 200 · 0.28 = 56, 28, 0
    # k = 1/4: 200 · 0.435 + 214 · 0.3 / 8 = 95.025, 43.5 + 9.1875 = 52.6875, 94 · 0.0375 = 3.525
    # k = 1: 180 + 64.2 = 244.2, 90 + 73.5 = 163.5, 28.2
    assert seen[0, 0].tolist() == seen[0, 1].tolist() == [56, 28, 0]
    assert seen[0, 2].tolist() == [95, 53, 4]
    assert seen[0, 3].tolist() in ([244, 164, 28], [244, 163, 28])


def test_overlay_does_not_overflow():
    assert overlay(np.full((1, 1, 3), 255, np.uint8), np.ones((1, 1)), 1.0).tolist() == [[[255, 255, 255]]]


def test_overlay_refuses_another_size():
    with pytest.raises(PictureError, match=r"2 × 2 rows .* 4 × 4\. Enlarge the map first"):
        overlay(np.zeros((4, 4, 3), np.uint8), np.zeros((2, 2)), 1.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad):
    values = np.array([[0.0, bad]])
    for draw in (
        lambda: signed(values, 1.0),
        lambda: overlay(np.zeros((1, 2, 3), np.uint8), values, 1.0),
        lambda: resize_map(values, 4, 4),
        lambda: signed(np.ones((1, 2)), bad),
    ):
        with pytest.raises(NonFiniteError, match=r"NaN|nan|inf"):
            draw()


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_scale_must_be_positive(scale):
    with pytest.raises(PictureError, match="must be positive"):
        signed(np.ones((2, 2)), scale)
    with pytest.raises(PictureError, match="must be positive"):
        overlay(np.ones((2, 2, 3), np.uint8), np.ones((2, 2)), scale)


def test_resize_keeps_constants_and_sizes():
    assert (resize_map(np.full((3, 4), 0.7), 30, 50) == 0.7).all()
    values = np.random.default_rng(0).normal(size=(7, 9))
    assert np.abs(resize_map(values, 7, 9) - values).max() < 1e-6
    assert resize_map(values.astype(np.float32), 70, 91).dtype == np.float32


def test_resize_is_smooth_and_centred():
    peak = np.zeros((5, 5))
    peak[2, 2] = 1.0
    big = resize_map(peak, 50, 50)
    assert np.unravel_index(big.argmax(), big.shape) in {(r, c) for r in (24, 25) for c in (24, 25)}
    assert np.abs(big - big[::-1]).max() < 1e-6
    assert np.abs(big - big.T).max() < 1e-6
    # Bicubic from the formula (Keys, a = -0.5): at an eighth of a step beside a lone peak.
    t = 0.05
    assert big[24, 25] == pytest.approx((1.5 * t**3 - 2.5 * t**2 + 1) ** 2, abs=1e-4)


@given(FLOATS, st.integers(1, 20), st.integers(1, 20))
def test_resize_stays_in_range(values, rows, columns):
    big = resize_map(values, rows, columns)
    assert big.shape == (rows, columns)
    assert big.min() >= values.min()
    assert big.max() <= values.max()


def test_resize_loses_neither_tiny_nor_huge_values():
    values = np.array([[0.0, 1.0], [1.0, 0.0]])
    for factor in (1e-200, 1e200):
        assert np.allclose(resize_map(values * factor, 8, 8) / factor, resize_map(values, 8, 8))


def test_resize_refuses_impossible_sizes():
    with pytest.raises(PictureError, match="no pixels"):
        resize_map(np.zeros((2, 2)), 0, 5)
    with pytest.raises(PictureError, match="no pixels"):
        resize_map(np.zeros((0, 2)), 5, 5)
    with pytest.raises(PictureError, match="50 million"):
        resize_map(np.zeros((2, 2)), 10_000, 10_000)
