"""Oriented edge operators of any size, and how much kernels look like them."""

import math

import numpy as np
from jaxtyping import Float

from tapetum.errors import DataError

ANGLES = tuple(22.5 * step for step in range(8))
"""Degrees; an operator turned by 180 is the same with the other sign."""


def oriented_edge(rows: int, columns: int, angle: float) -> Float[np.ndarray, "rows columns"]:
    """Prewitt's operator at any size and angle: what it answers to most is an edge through the centre.

        e(r, c) = sign(c cos θ + r sin θ)        with r, c counted from the centre

    Brightness that rises from left to right (a vertical edge) is 0 degrees, from top to bottom 90. At 3 × 3
    the angles 0, 45 and 90 give Prewitt's own numbers.

    Raises:
        DataError: a size in which no edge fits.

    Reference:
        Prewitt (1970), Object Enhancement and Extraction.

    Example:
        >>> oriented_edge(3, 3, 0.0).tolist()
        [[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]]
    """
    if min(rows, columns) < 2:
        raise DataError(f"An edge does not fit into {rows} × {columns}. Give at least two rows and columns.")
    turned = math.radians(angle)
    down = np.arange(rows)[:, None] - (rows - 1) / 2
    along = np.arange(columns)[None] - (columns - 1) / 2
    # Rounded first: on the line itself the sum is zero but for the last bits.
    found: Float[np.ndarray, "rows columns"] = np.sign(
        np.round(along * math.cos(turned) + down * math.sin(turned), 9)
    )
    return found


def edge_likeness(
    kernels: Float[np.ndarray, "*some channels rows columns"],
) -> tuple[Float[np.ndarray, "*some"], Float[np.ndarray, "*some"]]:
    """How much each filter looks like an edge: its strongest correlation with an operator, and the angle.

    The kernels of a filter are added up over its input channels: that is the filter as a grey picture meets
    it. The correlation is Pearson's, -1 to 1, with the operator at one of the angles from 0 to 157.5 degrees
    that fits best; a filter of equal numbers has 0, and so has one too small for an edge.

    Example:
        >>> edge_likeness(np.array([[[[3.0, 2, 1], [3, 2, 1], [3, 2, 1]]]]))
        (array([-1.]), array([0.]))
    """
    whole = kernels.sum(axis=-3)
    rows, columns = whole.shape[-2:]
    if min(rows, columns) < 2:
        return np.zeros(whole.shape[:-2]), np.zeros(whole.shape[:-2])
    operators = np.stack([oriented_edge(rows, columns, angle) for angle in ANGLES])
    found = _unit(whole.reshape(*whole.shape[:-2], -1)) @ _unit(operators.reshape(len(ANGLES), -1)).T
    best = np.abs(found).argmax(axis=-1)
    strongest = np.take_along_axis(found, best[..., None], axis=-1)[..., 0]
    return strongest, np.asarray(ANGLES)[best]


def _unit(values: Float[np.ndarray, "*some cells"]) -> Float[np.ndarray, "*some cells"]:
    """Without its mean, at length 1; zero where all are equal."""
    centred = values.astype(np.float64) - values.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.where(length > 1e-12, centred / np.maximum(length, 1e-12), 0.0)
