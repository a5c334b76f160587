"""A convolution as one matrix."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch.nn import functional as F

from tapetum.errors import OutputError, WindowError
from tapetum.mechanics import as_matrix

KERNEL = np.arange(1.0, 10).reshape(3, 3)


def test_article_4s_matrix_is_4_by_16_with_9_weights_of_64():
    found = as_matrix(KERNEL, (4, 4))
    assert (found.shape, found.entries, found.distinct, found.dense) == ((4, 16), 36, 9, 64)
    assert found.matrix.toarray().tolist() == [
        [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0],
        [0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0],
        [0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9],
    ]
    assert found.difference <= 1e-12
    assert repr(found) == "ConvolutionMatrix(4 × 16: 36 of 64 places, 9 weights)"


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(4, 8), st.integers(4, 8)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(0, 2),
    st.integers(0, 2**16),
)
@settings(max_examples=80, deadline=None)
def test_it_does_what_torch_does(kernel, shape, stride, padding, seed):
    chance = np.random.default_rng(seed)
    weights, x = chance.normal(size=kernel), chance.normal(size=shape)
    found = as_matrix(weights, shape, stride, padding)
    theirs = F.conv2d(
        torch.from_numpy(x)[None, None], torch.from_numpy(weights)[None, None], stride=stride, padding=padding
    )[0, 0].numpy()
    assert found.output_shape == theirs.shape
    assert np.abs(found.apply(x) - theirs).max() <= 1e-6
    assert found.difference <= 1e-12
    # Column by column: what one input at 1 gives.
    one = np.zeros(shape)
    one.flat[-1] = 1.0
    assert np.allclose(found.matrix.toarray()[:, -1], found.apply(one).ravel())


def test_weights_of_zero_are_entries_too():
    found = as_matrix("prewitt-vertical", (4, 4))
    assert (found.entries, found.distinct) == (36, 9)


def test_it_is_drawn_and_written(tmp_path):
    found = as_matrix(KERNEL, (4, 4))
    found.save(tmp_path / "m.png")
    with Image.open(tmp_path / "m.png") as image:
        assert image.width == 16 * 40 + 56
    found.save(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as held:
        assert held["matrix"].shape == (4, 16)
    with pytest.raises(OutputError, match=r"not written as '\.gif'"):
        found.save(tmp_path / "m.gif")
    with pytest.raises(WindowError, match="too large to be drawn"):
        as_matrix(KERNEL, (40, 40)).drawing()


def test_what_is_no_kernel_or_does_not_fit_is_refused():
    with pytest.raises(WindowError, match=r"The kernel has shape \(1, 2, 3, 3\). Give rows × columns"):
        as_matrix(np.ones((2, 3, 3)), (4, 4))
    with pytest.raises(WindowError, match="The kernel spans 3, and the padded input only 2"):
        as_matrix(KERNEL, (2, 4))
    with pytest.raises(WindowError, match="The stride is 0"):
        as_matrix(KERNEL, (4, 4), 0)
    with pytest.raises(WindowError, match=r"shape \(3, 3\). This matrix is for \(4, 4\)"):
        as_matrix(KERNEL, (4, 4)).apply(np.ones((3, 3)))
