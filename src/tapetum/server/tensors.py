"""Tensors as bytes: a small header, then float16 values.

Little-endian: `TPT1`, the type (1: float16), the number of dimensions, two zero bytes, a float32 scale, each
size as uint32, then the values row by row: value = stored × scale. The scale is the power of two that
puts the largest |value| between 2¹⁴ and 2¹⁵, so that every value has 11 significant bits down to 2⁻²⁸ of it.
"""

import math
import struct

import numpy as np
from jaxtyping import Float

MEDIA_TYPE = "application/vnd.tapetum.tensor"
_MAGIC, _FLOAT16 = b"TPT1", 1
_TOP = 15


def encoded(values: Float[np.ndarray, "..."]) -> bytes:
    """The values as bytes.

    Example:
        >>> len(encoded(np.zeros((2, 3))))
        32
    """
    largest = float(np.abs(values).max()) if values.size else 0.0
    power = math.frexp(largest)[1] - _TOP if largest > 0 else 0
    power = max(-126, power)
    stored = np.ldexp(np.asarray(values, np.float64), -power).astype("<f2")
    sizes = struct.pack(f"<{values.ndim}I", *values.shape)
    return struct.pack("<4sBBHf", _MAGIC, _FLOAT16, values.ndim, 0, 2.0**power) + sizes + stored.tobytes()


def decoded(data: bytes) -> Float[np.ndarray, "..."]:
    """The values of such bytes.

    Raises:
        ValueError: they are no such bytes.

    Example:
        >>> decoded(encoded(np.array([[1.0, -2.5]]))).tolist()
        [[1.0, -2.5]]
    """
    magic, kind, dimensions, _, scale = struct.unpack_from("<4sBBHf", data)
    if magic != _MAGIC or kind != _FLOAT16:
        raise ValueError("These bytes are no tensor.")
    shape = struct.unpack_from(f"<{dimensions}I", data, 12)
    stored = np.frombuffer(data, "<f2", offset=12 + 4 * dimensions)
    return np.asarray(stored.astype(np.float32) * np.float32(scale)).reshape(shape)
