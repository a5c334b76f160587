"""Kernels that people knew before networks learnt them."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

Kernel = Float64[np.ndarray, "rows columns"]


def gabor(size: int = 7, *, wavelength: float = 4.0, degrees: float = 0.0, sigma: float = 2.0) -> Kernel:
    """A wave under a bell: what cells of the visual cortex and first layers of networks answer to.

    k(u, v) = exp(−(u² + v²) / 2σ²) · cos(2π u′ / λ), u′ = u cos θ + v sin θ, with u to the right, v down and
    0 at the centre; the mean is taken off, so that an even surface gives 0.

    Args:
        size: rows and columns, odd.
        wavelength: λ, in pixels from crest to crest.
        degrees: θ, the direction in which the wave runs; 0 answers to vertical lines, 90 to horizontal ones.
        sigma: width of the bell in pixels.

    Reference:
        Daugman (1985), Uncertainty relation for resolution in space, spatial frequency, and orientation.

    Example:
        >>> gabor(3, wavelength=3.0).round(2)[1].tolist()
        [-0.48, 0.96, -0.48]
    """
    reach = np.arange(size) - (size - 1) / 2
    v, u = np.meshgrid(reach, reach, indexing="ij")
    along = u * math.cos(math.radians(degrees)) + v * math.sin(math.radians(degrees))
    wave = np.exp(-(u**2 + v**2) / (2 * sigma**2)) * np.cos(2 * math.pi * along / wavelength)
    even: Kernel = wave - wave.mean()
    return even


def _kernel(rows: Sequence[Sequence[int]], divisor: int = 1) -> Kernel:
    return np.array(rows, np.float64) / divisor


OPERATORS: dict[str, Kernel] = {
    "identity": _kernel([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "prewitt-vertical": _kernel([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]),
    "prewitt-horizontal": _kernel([[-1, -1, -1], [0, 0, 0], [1, 1, 1]]),
    "sobel-vertical": _kernel([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "sobel-horizontal": _kernel([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "scharr-vertical": _kernel([[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]),
    "scharr-horizontal": _kernel([[-3, -10, -3], [0, 0, 0], [3, 10, 3]]),
    "laplacian": _kernel([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "laplacian-diagonal": _kernel([[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
    "gabor-vertical": gabor(degrees=0.0),
    "gabor-horizontal": gabor(degrees=90.0),
    "blur": _kernel([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9),
    "blur-gaussian": _kernel([[1, 2, 1], [2, 4, 2], [1, 2, 1]], 16),
    "sharpen": _kernel([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "top-edge": _kernel([[-1, -1, -1], [1, 1, 1], [0, 0, 0]]),
    "bottom-edge": _kernel([[0, 0, 0], [1, 1, 1], [-1, -1, -1]]),
    "left-edge": _kernel([[-1, 1, 0], [-1, 1, 0], [-1, 1, 0]]),
    "right-edge": _kernel([[0, 1, -1], [0, 1, -1], [0, 1, -1]]),
}
"""Known kernels by name, laid over the picture as they stand (cross-correlation, as networks compute it).

`-vertical` answers to vertical edges and `-horizontal` to horizontal ones: positive where the picture grows
brighter to the right, and downwards. The four edges answer where a bright stroke has that side.
"""

for _fixed in OPERATORS.values():
    _fixed.setflags(write=False)
