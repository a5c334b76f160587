"""Labelled pictures, splits, lines and digits."""

from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from tapetum.errors import DataError
from tapetum.learning import corners, digits, faces, in_memory, joined, lines, split


def test_a_set_gives_pictures_with_their_labels() -> None:
    pixels = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
    data = in_memory("small", pixels, [0, 1, 1], ["a", "b"])
    picture, label = data[2]
    assert (picture.pixels == pixels[2][..., None]).all()
    assert label == 1
    assert data.counts == (1, 2)
    assert [label for _, label in data] == [0, 1, 1]
    with pytest.raises(IndexError):
        data[3]


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, -1, 1]])
def test_a_label_out_of_range_is_named(labels: list[int]) -> None:
    with pytest.raises(DataError, match="label of picture"):
        in_memory("small", np.zeros((3, 4, 4), np.uint8), labels, ["a", "b"])


def test_another_number_of_labels_is_refused() -> None:
    with pytest.raises(DataError, match="3 pictures and 2 labels"):
        in_memory("small", np.zeros((3, 4, 4), np.uint8), [0, 1], ["a", "b"])


@given(st.integers(8, 40), st.integers(8, 40), st.integers(0, 5))
def test_a_split_keeps_every_picture_once_and_every_class_at_its_share(a: int, b: int, seed: int) -> None:
    data = in_memory("s", np.zeros((a + b, 1, 1), np.uint8), [0] * a + [1] * b, ["a", "b"])
    marked = in_memory("s", np.arange(a + b, dtype=np.uint8).reshape(-1, 1, 1), data.labels, ["a", "b"])
    parts = split(marked, (0.5, 0.25, 0.25), seed=seed)
    seen = sorted(int(picture.pixels[0, 0, 0]) for part in parts for picture, _ in part)
    assert seen == list(range(a + b))
    for part, share in zip(parts, (0.5, 0.25, 0.25), strict=True):
        assert all(abs(n - share * whole) < 1 for n, whole in zip(part.counts, (a, b), strict=True))
    again = split(marked, (0.5, 0.25, 0.25), seed=seed)
    assert [part.fingerprint for part in again] == [part.fingerprint for part in parts]


def test_a_class_too_small_for_the_parts_is_named() -> None:
    data = in_memory("s", np.zeros((11, 1, 1), np.uint8), [0] * 10 + [1], ["many", "one"])
    with pytest.raises(DataError, match="'one' of s has 1 pictures"):
        split(data)


def test_lines_lie_as_their_class_says() -> None:
    data = lines(30, noise=0.0, seed=3)
    for picture, label in data:
        lit = picture.pixels[..., 0] > 0
        rows, columns = lit.any(1).sum(), lit.any(0).sum()
        assert lit.sum() == rows * columns
        assert (columns > rows) == (label == 0)
        assert 2 <= min(rows, columns) <= 6
        assert max(rows, columns) >= 25
    assert lines(30, seed=3).fingerprint != lines(30, seed=4).fingerprint
    assert lines(30, seed=3).fingerprint == lines(30, seed=3).fingerprint


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"thickness": (0, 3)}, {"thickness": (5, 50)}, {"noise": -0.1}]
)
def test_lines_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DataError, match="give at least one picture"):
        lines(**{"count": 2, **wrong})


def test_digits_are_those_of_the_data_set() -> None:
    data = digits([1, 2])
    found = load_digits()
    ones = found.images[found.target == 1]
    assert data.counts == (182, 177)
    first = next(place for place in range(len(data)) if data.labels[place] == 0)
    assert np.abs(data.fetch(first).pixels[..., 0] / 255 * 16 - ones[0]).max() < 0.04
    with pytest.raises(DataError, match="at least two"):
        digits([1, 1])


def test_objects_lie_in_the_corner_of_their_class() -> None:
    data = corners(40, size=9, noise=0.0, seed=2)
    assert data.classes == ("upper right", "lower left")
    assert data.counts == (40, 40)
    for picture, label in data:
        rows, columns = np.nonzero(picture.pixels[..., 0] > 100)
        assert len(rows) >= 4
        assert len(rows) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        if label == 0:
            assert rows.max() < 4 < 5 <= columns.min()
        else:
            assert columns.max() < 4 < 5 <= rows.min()
    assert corners(5, seed=3).fingerprint == corners(5, seed=3).fingerprint
    assert corners(5, seed=3).fingerprint != corners(5, seed=4).fingerprint


@pytest.mark.parametrize("wrong", [{"count": 0}, {"size": 3}, {"noise": -0.1}])
def test_corners_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DataError, match="give at least one picture"):
        corners(**{"count": 2, **wrong})


def test_faces_are_those_of_scikit_image() -> None:
    data = faces()
    assert (data.classes, data.counts) == (("no face", "face"), (100, 100))
    found = np.load(resources.files("skimage") / "data" / "lfw_subset.npy")
    assert np.abs(data[7][0].pixels[..., 0] / 255 - found[7]).max() <= 0.5 / 255 + 1e-6
    assert data[7][1] == 1


def test_joined_sets_follow_each_other() -> None:
    a = in_memory("a", np.full((2, 3, 3), 1, np.uint8), [0, 1], ["x", "y"])
    b = in_memory("b", np.full((3, 3, 3), 2, np.uint8), [1, 1, 0], ["x", "y"])
    both = joined([a, b], "both")
    assert both.counts == (2, 3)
    assert [int(picture.pixels[0, 0, 0]) for picture, _ in both] == [1, 1, 2, 2, 2]
    other = in_memory("c", np.zeros((1, 3, 3), np.uint8), [0], ["x", "z"])
    with pytest.raises(DataError, match="parts of all have different classes"):
        joined([a, other], "all")
