"""Boxes and sentences about where evidence lies, against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tapetum.results.words import Box, _on_grid, evidence_box, sentence, where


def smallest_area(values: np.ndarray, share: float) -> int:
    """Cells of the smallest rectangle with this share of the positive mass, by trying all of them."""
    positive = np.maximum(values, 0)
    rows, columns = values.shape
    best = rows * columns
    for top in range(rows):
        for bottom in range(top + 1, rows + 1):
            for left in range(columns):
                for right in range(left + 1, columns + 1):
                    if positive[top:bottom, left:right].sum() >= share * positive.sum() - 1e-9:
                        best = min(best, (bottom - top) * (right - left))
    return best


# Longer sides than 14 are not enlarged, so that cells stay what they were.
@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(np.float32, (15, 6), elements=st.sampled_from([-1.0, 0.0, 0.0, 0.5, 1.0, 3.0])),
    st.sampled_from([0.5, 0.8, 1.0]),
)
def test_the_box_is_the_smallest(values: np.ndarray, share: float) -> None:
    box = evidence_box(values, share)
    if not (values > 0).any():
        assert box is None
        return
    assert box is not None
    assert round(box.area * values.size) == smallest_area(values, share)
    top, bottom = round(box.top * 15), round(box.bottom * 15)
    left, right = round(box.left * 6), round(box.right * 6)
    positive = np.maximum(values, 0)
    assert positive[top:bottom, left:right].sum() >= share * positive.sum() - 1e-5


def test_a_single_bright_place_is_found_in_a_coarse_and_in_a_fine_map() -> None:
    coarse = np.zeros((7, 7), np.float32)
    coarse[1, 5] = 1
    box = evidence_box(coarse)
    assert box is not None
    assert box.area < 0.1
    assert where(box) == "in the upper right"
    fine = np.zeros((224, 320), np.float32)
    fine[200:210, 20:30] = 1
    box = evidence_box(fine)
    assert box is not None
    assert where(box) == "in the lower left"


def test_the_grid_keeps_the_mass() -> None:
    values = np.random.default_rng(0).random((225, 130), dtype=np.float32)
    assert _on_grid(values).sum() == pytest.approx(values.sum(), rel=1e-4)


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (Box(0.25, 0.25, 0.75, 0.75), "in the centre"),
        (Box(0.0, 0.3, 0.3, 0.7), "in the upper middle"),
        (Box(0.4, 0.0, 0.6, 0.2), "on the left"),
        (Box(0.7, 0.7, 1.0, 1.0), "in the lower right"),
    ],
)
def test_places_in_words(box: Box, words: str) -> None:
    assert where(box) == words


def test_sentences_for_maps_without_positive_evidence() -> None:
    zero = np.zeros((4, 4), np.float32)
    assert sentence(zero, sensitivity=False, layer="layer4").startswith(
        "No evidence at all: the map at layer4"
    )
    assert sentence(zero - 1, sensitivity=False, layer=None).startswith("No positive evidence for this class")


def test_evidence_against_is_told() -> None:
    values = np.ones((4, 4), np.float32)
    values[0] = -1
    assert "25 % of all evidence speaks against it" in sentence(values, sensitivity=False, layer=None)
    assert "sensitivity" in sentence(np.abs(values), sensitivity=True, layer=None)


def test_evidence_everywhere_has_no_place() -> None:
    text = sentence(np.ones((30, 30), np.float32), sensitivity=False, layer=None)
    assert text.startswith("80 % of the positive evidence is spread over")
