"""Sheets of maps: rows and columns, and every value at its place in its colour."""

import numpy as np
import pytest

from tapetum.pictures import balanced_columns, full_strength, mosaic, resized, signed


@pytest.mark.parametrize(
    ("count", "ratio", "rows", "columns"),
    [
        (512, 2.0, 16, 32),
        (1000, 2.0, 25, 40),
        (4096, 2.0, 64, 64),
        (64, 4.0, 4, 16),
        (1280, 4.0, 20, 64),
        (10, 2.0, 2, 5),
        (1, 4.0, 1, 1),
        (97, 4.0, 7, 14),
    ],
)
def test_rows_and_columns(count: int, ratio: float, rows: int, columns: int) -> None:
    assert balanced_columns(count, ratio) == columns
    assert -(-count // columns) == rows


def test_every_map_stands_at_its_place() -> None:
    maps = np.random.default_rng(0).normal(size=(5, 4, 6)).astype(np.float32)
    sheet = mosaic(maps, 2.0, across=3, room=18, gap=2)
    assert sheet.shape == (2 * 12 + 2, 3 * 18 + 2 * 2, 3)
    for number, values in enumerate(maps):
        top, left = number // 3 * 14, number % 3 * 20
        tile = sheet[top : top + 12, left : left + 18]
        assert np.array_equal(tile, signed(np.repeat(np.repeat(values, 3, 0), 3, 1), 2.0))


def test_what_shrinks_is_averaged() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_allclose(resized(values, 2, 2), [[2.5, 4.5], [10.5, 12.5]])


def test_full_strength_leaves_out_two_percent() -> None:
    values = np.concatenate([np.zeros(50), np.arange(1.0, 100.0), [1e6]])
    assert full_strength(values) == 98.0
    assert full_strength(np.zeros(3)) == 0.0
