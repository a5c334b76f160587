"""Windows over a picture: every pixel is answered for once, and seen with its surroundings."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tapetum.features.tiles import mirrored, spans, window_side, windows


@given(st.integers(1, 900), st.integers(8, 300), st.integers(0, 40), st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_parts_fill_the_axis_once_in_their_windows(count: int, most: int, jitter: int, seed: int) -> None:
    for side in (window_side(count, jitter, most), most):
        found = spans(count, side, jitter, np.random.default_rng(seed))
        assert found[0].first == 0
        assert found[-1].end == count
        assert all(a.end == b.first for a, b in pairwise(found))
        for span in found:
            assert span.start <= span.first < span.end <= span.start + side


@given(st.integers(1, 4000), st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_windows_are_no_longer_than_they_must(count: int, most: int) -> None:
    side = window_side(count, 32, most)
    assert side <= max(most, 128)
    if count > max(most, 128):
        draw = np.random.default_rng(0)
        assert len(spans(count, side, 32, draw)) == len(spans(count, max(most, 128), 32, draw))
    elif count + 32 <= most:
        assert side == count + 32


@given(st.integers(-50, 50), st.integers(1, 60), st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_outside_the_picture_is_its_mirror_image(start: int, count: int, within: int) -> None:
    whole = np.pad(np.arange(within), 200, mode="symmetric")
    assert mirrored(start, count, within).tolist() == whole[200 + start : 200 + start + count].tolist()


def test_large_pictures_are_seen_with_context_and_lines_move() -> None:
    draw = np.random.default_rng(0)
    lines, phases = set(), set()
    for _ in range(200):
        found = spans(1000, 320, 32, draw)
        assert len({span.start % 32 for span in found}) == 1, "a layer's places lie the same in all windows"
        phases.add(found[0].start % 32)
        for before, after in pairwise(found):
            lines.add(before.end)
            assert before.start + 320 - before.end >= 32
            assert after.first - after.start >= 32
    assert len(phases) == 32
    assert len(lines) == 32 * (len(found) - 1)
    starts = {spans(100, 132, 32, draw)[0].start % 32 for _ in range(400)}
    assert len(starts) == 32
    assert spans(1000, 320, 0, draw) == spans(1000, 320, 0, draw)


def test_what_is_cut_and_put_back_is_the_picture() -> None:
    picture = torch.rand(1, 3, 61, 130, generator=torch.Generator().manual_seed(0))
    again = torch.full_like(picture, torch.nan)
    for window in windows((61, 130), (93, 64), 32, np.random.default_rng(3)):
        window.put(again, window.cut(picture, (93, 64)))
    assert torch.equal(again, picture)


@pytest.mark.parametrize("count", [1, 7])
def test_tiny_pictures_in_large_windows(count: int) -> None:
    (only,) = spans(count, 28, 0, np.random.default_rng(0))
    assert (only.first, only.end) == (0, count)
