"""Oriented operators against Prewitt's numbers, and likeness against the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import film as oracle

from tapetum.errors import DataError
from tapetum.learning import edge_likeness, oriented_edge


def test_at_three_by_three_it_is_prewitts_compass() -> None:
    vertical = [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]
    diagonal = [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]
    assert oriented_edge(3, 3, 0.0).tolist() == vertical
    assert oriented_edge(3, 3, 45.0).tolist() == diagonal
    assert oriented_edge(3, 3, 90.0).tolist() == np.transpose(vertical).tolist()
    assert oriented_edge(3, 3, 180.0).tolist() == (-np.array(vertical)).tolist()


@given(rows=st.integers(2, 9), columns=st.integers(2, 9), step=st.integers(0, 7))
def test_every_size_and_angle_is_the_oracles(rows: int, columns: int, step: int) -> None:
    found = oriented_edge(rows, columns, 22.5 * step)
    assert np.array_equal(found, oracle.edge(rows, columns, 22.5 * step))
    assert np.array_equal(found, -found[::-1, ::-1])


@settings(deadline=None, max_examples=25)
@given(size=st.integers(2, 7), channels=st.integers(1, 3), seed=st.integers(0, 999))
def test_likeness_is_the_oracles(size: int, channels: int, seed: int) -> None:
    kernels = np.random.default_rng(seed).normal(size=(2, 3, channels, size, size))
    found, angles = edge_likeness(kernels)
    wanted = np.array([[oracle.likeness(one) for one in frame] for frame in kernels])
    assert np.allclose(found, wanted[..., 0], atol=1e-10)
    assert np.array_equal(angles, wanted[..., 1])


def test_an_edge_is_itself_whatever_its_scale_and_offset() -> None:
    kernel = 5 - 0.01 * oriented_edge(7, 7, 112.5)[None, None]
    found, angles = edge_likeness(kernel)
    assert found[0] == pytest.approx(-1)
    assert angles[0] == 112.5


def test_what_holds_no_edge_has_no_likeness() -> None:
    assert edge_likeness(np.full((2, 1, 5, 5), 0.3))[0].tolist() == [0, 0]
    assert edge_likeness(np.ones((2, 4, 1, 1)))[0].tolist() == [0, 0]
    with pytest.raises(DataError, match="1 × 7"):
        oriented_edge(1, 7, 0.0)
