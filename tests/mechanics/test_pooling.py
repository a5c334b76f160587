"""Pooling by hand: what torch computes, and every step of it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import mechanics as oracle
from torch.nn import functional as F

from tapetum.errors import NonFiniteError, WindowError
from tapetum.mechanics import pooling


@st.composite
def cases(draw):
    size = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    padding = tuple(draw(st.integers(0, k // 2)) for k in size)
    rows, columns = (draw(st.integers(max(1, k - 2 * p), 9)) for k, p in zip(size, padding, strict=True))
    stride = (draw(st.integers(1, 4)), draw(st.integers(1, 4))) if draw(st.booleans()) else None
    chance = np.random.default_rng(draw(st.integers(0, 2**16)))
    return chance.normal(size=(draw(st.integers(1, 3)), rows, columns)), size, stride, padding


@given(cases())
@settings(max_examples=120, deadline=None)
def test_it_is_torchs_and_the_loops(case):
    x, size, stride, padding = case
    margins = tuple((p, p) for p in padding)
    for by, function in (("max", F.max_pool2d), ("average", F.avg_pool2d)):
        found = pooling(x, size, by=by, stride=stride, padding=padding)
        theirs = function(torch.from_numpy(x)[None], size, stride, padding)[0].numpy()
        assert found.values.shape == theirs.shape
        assert np.abs(found.values - theirs).max() <= 1e-6
        assert np.abs(found.values - oracle.pooling(x, size, by, stride or size, margins)).max() <= 1e-12
        for step in found.steps:
            assert step.total == pytest.approx(found.values[step.output, step.row, step.column], abs=1e-12)
            assert step.weights.sum() == pytest.approx(1)
            assert step.channels == (step.output,)


def test_a_maximum_chooses_the_first_of_equals_and_never_padding():
    step = pooling([[-3.0, -3.0], [-4.0, -5.0]], 2, stride=1, padding=1).step(0, 0)
    assert step.total == -3.0
    assert step.weights.tolist() == [[[0, 0], [0, 1]]]
    assert step.to_dict()["window"] == [[[None, None], [None, -3.0]]]
    equal = pooling([[7.0, 7.0], [7.0, 7.0]], 2).step(0, 0)
    assert equal.weights.tolist() == [[[1, 0], [0, 0]]]


def test_article_1_pools_its_feature_map():
    crossed = [[0, 1, 0, 0, 0], [2, 2, 2, 0, 0], [2, 5, 3, 2, 0], [2, 3, 5, 2, 1], [0, 2, 2, 2, 0]]
    assert pooling(crossed, 2).values.tolist() == [[[2, 2], [5, 5]]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 0}, "The kernel is 0. Give a whole number of at least 1."),
        ({"stride": 0}, "The stride is 0. Give a whole number of at least 1."),
        (
            {"size": 6},
            "The kernel spans 6, and the padded input only 4. Give a kernel of at most 4, or more padding.",
        ),
        ({"size": 3, "padding": 2}, "A padding of 2 is more than half of a window of 3. Give at most 1."),
    ],
)
def test_what_cannot_slide_is_refused_with_the_reason(given, message):
    with pytest.raises(WindowError) as caught:
        pooling(np.ones((4, 4)), **given)
    assert str(caught.value) == message


def test_nan_is_refused():
    with pytest.raises(NonFiniteError, match="The input holds 1 values that are NaN or infinite"):
        pooling([[1.0, np.nan]], 1)
