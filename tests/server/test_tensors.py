"""The binary format: what goes in comes out, as exactly as 11 bits allow."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tapetum.server.tensors import decoded, encoded

VALUES = st.floats(-(2.0**99), 2.0**99, width=32)


@given(arrays.arrays(np.float32, arrays.array_shapes(min_dims=1, max_dims=4, max_side=5), elements=VALUES))
def test_what_goes_in_comes_out(values: np.ndarray) -> None:
    found = decoded(encoded(values))
    assert found.shape == values.shape
    largest = float(np.abs(values).max())
    exact = values.astype(np.float64)
    assert np.all(np.abs(found - exact) <= np.maximum(np.abs(exact) * 2.0**-11, largest * 2.0**-39) + 1e-44)


def test_the_header_byte_by_byte() -> None:
    data = encoded(np.array([[0.0, 3.0, -1.5]]))
    assert data[:8] == b"TPT1\x01\x02\x00\x00"
    (scale,) = struct.unpack_from("<f", data, 8)
    assert struct.unpack_from("<2I", data, 12) == (1, 3)
    stored = np.frombuffer(data, "<f2", offset=20)
    assert (stored.astype(np.float64) * scale).tolist() == [0.0, 3.0, -1.5]
    assert 2**14 <= np.abs(stored).max() < 2**15


@pytest.mark.parametrize("values", [np.zeros((2, 0)), np.zeros((3, 2)), np.full((1,), 7.0)])
def test_nothing_and_zero(values: np.ndarray) -> None:
    assert decoded(encoded(values)).tolist() == values.tolist()


@pytest.mark.parametrize("data", [b"TPT2" + encoded(np.zeros(2))[4:], b"TPT1\x09" + encoded(np.zeros(2))[5:]])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no tensor"):
        decoded(data)
