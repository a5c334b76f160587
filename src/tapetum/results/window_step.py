"""One place of a sliding window: what lies under it, what it is weighed with, and what comes out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int


@dataclass(frozen=True, eq=False)
class WindowStep:
    """One number of a result, written out: total = Σ products + bias.

    Attributes:
        output: which map of the result.
        row, column: its place there, from 0.
        channels: the channels of the input that are read.
        rows, columns: the rows and columns of the input under the window; those outside are padding.
        window: the numbers under the window.
        weights: what each is multiplied by: the filter; 1 at the largest of a maximum; 1 / n of a mean.
        products: window × weights.
        bias: what is added at the end.
        total: the result.
    """

    output: int
    row: int
    column: int
    channels: tuple[int, ...]
    rows: Int[np.ndarray, " tall"]
    columns: Int[np.ndarray, " wide"]
    window: Float64[np.ndarray, "channel tall wide"]
    weights: Float64[np.ndarray, "channel tall wide"]
    products: Float64[np.ndarray, "channel tall wide"]
    bias: float
    total: float

    @property
    def subtotals(self) -> Float64[np.ndarray, " channel"]:
        """The sum of the products of each channel."""
        sums: Float64[np.ndarray, " channel"] = self.products.sum((1, 2))
        return sums

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data; padding of a maximum, which is −∞, becomes None."""
        shown = self.window.astype(object)
        shown[~np.isfinite(self.window)] = None
        return {
            "output": self.output,
            "row": self.row,
            "column": self.column,
            "channels": list(self.channels),
            "rows": self.rows.tolist(),
            "columns": self.columns.tolist(),
            "window": shown.tolist(),
            "weights": self.weights.tolist(),
            "products": self.products.tolist(),
            "subtotals": self.subtotals.tolist(),
            "bias": self.bias,
            "total": self.total,
        }
