"""Convolution by hand: what torch computes, and every step of it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import mechanics as oracle
from torch.nn import functional as F

from tapetum.errors import NonFiniteError, WindowError
from tapetum.mechanics import convolution
from tapetum.network.operators import OPERATORS

X = np.random.default_rng(1).normal(size=(4, 9, 8))


@st.composite
def cases(draw):
    kernel = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    padding = (draw(st.integers(0, 3)), draw(st.integers(0, 3)))
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    sizes = [draw(st.integers(max(1, span - 2 * p), 10)) for span, p in zip(spans, padding, strict=True)]
    groups, each, share = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    chance = np.random.default_rng(draw(st.integers(0, 2**16)))
    return {
        "x": chance.normal(size=(groups * each, *sizes)),
        "weight": chance.normal(size=(groups * share, each, *kernel)),
        "bias": chance.normal(size=groups * share) if draw(st.booleans()) else None,
        "stride": (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }


@given(cases())
@settings(max_examples=120, deadline=None)
def test_it_is_torchs_and_the_loops(case):
    x, weight, bias = case.pop("x"), case.pop("weight"), case.pop("bias")
    found = convolution(x, weight, bias, **case)
    theirs = F.conv2d(
        torch.from_numpy(x)[None],
        torch.from_numpy(weight),
        None if bias is None else torch.from_numpy(bias),
        **case,
    )[0].numpy()
    assert found.values.shape == theirs.shape
    assert np.abs(found.values - theirs).max() <= 1e-6
    padding = case.pop("padding")
    margins = tuple((p, p) for p in padding)
    slow = oracle.convolution(
        x, weight, np.zeros(len(weight)) if bias is None else bias, margins=margins, **case
    )
    assert np.abs(found.values - slow).max() <= 1e-12


@given(cases())
@settings(max_examples=60, deadline=None)
def test_every_step_adds_up_to_its_number_and_shows_what_it_read(case):
    x, weight, bias = case.pop("x"), case.pop("weight"), case.pop("bias")
    found = convolution(x, weight, bias, **case)
    steps = list(found.steps)
    assert len(steps) == found.values.size
    for step in steps:
        value = found.values[step.output, step.row, step.column]
        assert step.total == pytest.approx(value, abs=1e-12)
        assert step.products.sum() + step.bias == pytest.approx(value, abs=1e-12)
        assert step.subtotals.sum() + step.bias == pytest.approx(value, abs=1e-12)
        for (c, u, v), number in np.ndenumerate(step.window):
            row, column = step.rows[u], step.columns[v]
            inside = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
            assert number == (x[step.channels[c], row, column] if inside else 0.0)
        assert np.array_equal(step.weights, weight[step.output])


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_padding_is_torchs_also_for_even_kernels(kernel, dilation):
    weight = np.random.default_rng(2).normal(size=(3, 4, kernel, kernel))
    found = convolution(X, weight, padding="same", dilation=dilation)
    theirs = F.conv2d(torch.from_numpy(X)[None], torch.from_numpy(weight), padding="same", dilation=dilation)
    assert found.values.shape[1:] == X.shape[1:]
    assert np.abs(found.values - theirs[0].numpy()).max() <= 1e-6


def test_same_padding_with_a_stride_gives_the_rounded_up_share():
    # As Keras and TensorFlow do: 9 → 5 and 8 → 4; of an odd number of zeros the larger half comes after.
    found = convolution(X[0], np.ones((3, 3)), stride=2, padding="same")
    assert found.values.shape == (1, 5, 4)
    assert found.margins == ((1, 1), (0, 1))


def test_a_known_operator_is_laid_over_every_channel():
    one = convolution(X[0], "sobel-vertical").values
    every = convolution(X, "sobel-vertical")
    assert every.groups == 4
    assert np.allclose(every.values[0], one[0])
    assert np.allclose(every.values[3], convolution(X[3], OPERATORS["sobel-vertical"]).values[0])


def test_a_plain_list_and_one_bias_for_all_are_enough():
    found = convolution([[1, 2], [3, 4]], [[[[1]]], [[[10]]]], 0.5)
    assert found.values.tolist() == [[[1.5, 2.5], [3.5, 4.5]], [[10.5, 20.5], [30.5, 40.5]]]


BAD = [
    ({"stride": 0}, "The stride is 0. Give a whole number of at least 1."),
    ({"stride": (1, -2)}, "The stride is -2. Give a whole number of at least 1."),
    ({"dilation": 0}, "The dilation is 0. Give a whole number of at least 1."),
    (
        {"padding": -1},
        "The padding is -1. Give a whole number of at least 0, or 'valid' or 'same'.",
    ),
    (
        {"filters": np.ones((4, 10, 3))},
        "The kernel spans 10, and the padded input only 9. Give a kernel of at most 9, or more padding.",
    ),
    (
        {"filters": np.ones((4, 5, 3)), "dilation": 3},
        "The kernel spans 13 (5 with dilation 3), and the padded input only 9. "
        "Give a kernel of at most 9, or more padding.",
    ),
    (
        {"filters": np.ones((2, 3, 3, 3))},
        "The filters have 3 kernels each, and the input has 4 channels. "
        "Give one kernel for each channel of a group.",
    ),
    (
        {"filters": np.ones((2, 4, 3, 3)), "groups": 2},
        "The filters have 4 kernels each, and the input has 4 channels in 2 groups. "
        "Give one kernel for each channel of a group.",
    ),
    (
        {"groups": 3},
        "3 groups do not divide 4 channels and 1 filters. Give a number that divides both.",
    ),
    ({"groups": 0}, "The groups are 0. Give a whole number of at least 1."),
    ({"bias": [1.0, 2.0]}, "The bias has shape (2,) for 1 filters. Give one number for each."),
    (
        {"filters": "sobel-vertica"},
        "There is no kernel called 'sobel-vertica'. The nearest: sobel-vertical, ",
    ),
    ({"filters": np.ones(3)}, "The kernel has 1 axes. Give rows × columns for a kernel, "),
    ({"picture": np.ones(3)}, "The input has 1 axes. Give rows × columns, or channels × rows × columns."),
    ({"picture": np.ones((4, 0, 3))}, "The input is empty (shape (4, 0, 3)). Give at least one number."),
    ({"picture": [[1, 2], [3]]}, "The input is not an array of numbers ("),
    (
        {"padding": 10**6},
        "The padded input has 16,000,136,000,288 numbers, more than 50,000,000. "
        "Give a smaller input, or less padding.",
    ),
    ({"filters": [["a"]]}, "The kernel is not an array of numbers ("),
]


@pytest.mark.parametrize(("given", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_what_cannot_slide_is_refused_with_the_reason(given, message):
    whole = {"picture": X, "filters": np.ones((4, 3, 3))} | given
    with pytest.raises(WindowError) as caught:
        convolution(whole.pop("picture"), whole.pop("filters"), **whole)
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == 2
    assert caught.value.kind == "window"


@pytest.mark.parametrize("where", ["input", "kernel", "bias"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(where, value):
    given = {"input": np.ones((3, 3)), "kernel": np.ones((2, 2)), "bias": np.ones(1)}
    given[where].flat[0] = value
    with pytest.raises(
        NonFiniteError, match=f"^The {where} holds 1 values that are NaN or infinite. Give finite"
    ):
        convolution(*given.values())


def test_a_step_that_is_not_there_is_refused():
    found = convolution(X[0], np.ones((3, 3)))
    with pytest.raises(WindowError, match=r"The result has no row 7. Give one from 0 to 6\."):
        found.step(7, 0)
    with pytest.raises(WindowError, match=r"The result has no output 1. Give one from 0 to 0\."):
        found.step(0, 0, 1)
