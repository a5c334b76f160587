"""Weights and arithmetic, dense against convolutional: the articles' numbers and torch's modules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tapetum.errors import WindowError
from tapetum.mechanics import convolution_cost, dense_cost
from tapetum.models.torchvision_import import import_torchvision


def test_article_4s_numbers():
    assert dense_cost(25, 9).weights == 225
    assert convolution_cost((1, 5, 5), 1, (3, 3)).weights == 9
    assert dense_cost(16, 4).weights == 64
    inputs = 224 * 224 * 3
    assert inputs == 150_528
    assert dense_cost(inputs, inputs // 2).weights == 11_329_339_392
    assert (
        sum(p.numel() for p in import_torchvision().models.resnet50(weights=None).parameters()) == 25_557_032
    )


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(1, 4), st.booleans())
@settings(max_examples=50, deadline=None)
def test_weights_are_those_of_torchs_module(groups, each, share, kernel, with_bias):
    module = nn.Conv2d(groups * each, groups * share, kernel, groups=groups, bias=with_bias)
    cost = convolution_cost((groups * each, 8, 8), groups * share, (kernel, kernel), groups=groups)
    biases = cost.biases if with_bias else 0
    assert cost.weights + biases == sum(p.numel() for p in module.parameters())
    assert cost.multiply_adds == cost.weights * (9 - kernel) ** 2


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(WindowError, match=r"The number of outputs is 0\. Give at least 1"):
        dense_cost(3, 0)
    with pytest.raises(WindowError, match="3 groups do not divide 4 channels and 6 filters"):
        convolution_cost((4, 5, 5), 6, (3, 3), groups=3)
    with pytest.raises(WindowError, match="The kernel spans 9, and the padded input only 5"):
        convolution_cost((1, 5, 5), 1, (9, 9))
