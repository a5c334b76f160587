"""Known kernels: what they answer to, and what scikit-image and scipy compute with the same ones."""

import numpy as np
import pytest
from scipy import ndimage
from skimage import filters

from tapetum.network.operators import OPERATORS, gabor

PICTURE = np.random.default_rng(3).normal(size=(12, 15))


def applied(name):
    return ndimage.correlate(PICTURE, OPERATORS[name])[2:-2, 2:-2]


@pytest.mark.parametrize("family", ["prewitt", "sobel", "scharr"])
@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
def test_edges_are_those_of_scikit_image_up_to_its_scale(family, direction):
    there = getattr(filters, f"{family}_{'v' if direction == 'vertical' else 'h'}")(PICTURE)[2:-2, 2:-2]
    ours = applied(f"{family}-{direction}")
    scale = {"prewitt": 3, "sobel": 4, "scharr": 16}[family]
    assert np.allclose(ours, there * scale)


def test_laplacian_and_blurs_are_those_of_scipy():
    assert np.allclose(applied("laplacian"), ndimage.laplace(PICTURE)[2:-2, 2:-2])
    assert np.allclose(applied("blur"), ndimage.uniform_filter(PICTURE, 3)[2:-2, 2:-2])
    assert np.allclose(applied("identity"), PICTURE[2:-2, 2:-2])
    sharp = PICTURE - ndimage.laplace(PICTURE)
    assert np.allclose(applied("sharpen"), sharp[2:-2, 2:-2])


def test_an_even_surface_is_kept_or_gives_nothing():
    kept = {"identity", "blur", "blur-gaussian", "sharpen"}
    sums = {name: kernel.sum() for name, kernel in OPERATORS.items()}
    assert {name for name, total in sums.items() if abs(total - 1) < 1e-12} == kept
    assert {name for name, total in sums.items() if abs(total) < 1e-12} == set(OPERATORS) - kept


def test_gabor_is_the_wave_of_scikit_image_without_its_mean_and_turns_by_degrees():
    theirs = np.real(
        filters.gabor_kernel(1 / 4, theta=0, sigma_x=2, sigma_y=2, n_stds=1.5)  # 7 × 7
    ) * (2 * np.pi * 2 * 2)
    assert theirs.shape == (7, 7)
    assert np.allclose(gabor(7), theirs - theirs.mean())
    assert np.allclose(gabor(7, degrees=90.0), gabor(7).T)
    assert OPERATORS["gabor-vertical"][:, 3].min() > 0 > OPERATORS["gabor-vertical"][3, 1]


def test_the_table_cannot_be_written_into():
    with pytest.raises(ValueError, match="read-only"):
        OPERATORS["blur"][0, 0] = 1
