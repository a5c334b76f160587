"""Small real pictures that the tests of this room share."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def colours() -> np.ndarray:
    """5 × 7 pixels, all different, alike in no turn or mirror image."""
    return np.random.default_rng(7).integers(0, 256, (5, 7, 3), dtype=np.uint8)


@pytest.fixture
def encode() -> Callable[..., bytes]:
    """The bytes of a file of an image or array."""

    def encode(image: Image.Image | np.ndarray, kind: str, **options: Any) -> bytes:
        encoded = BytesIO()
        image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
        image.save(encoded, kind, **options)
        return encoded.getvalue()

    return encode
