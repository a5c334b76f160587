"""What each channel of a layer gives to a verdict."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from tapetum.results.heatmap import Target


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each channel of a layer gives to the score of a target, in logits: gradient × value, summed up.

    Behind the layer that is pooled into one linear layer they are exact: with the bias they sum to the score.
    Elsewhere they are a linear approximation.
    """

    layer: str
    target: Target
    score: float
    values: Float64[np.ndarray, " channel"]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "layer": self.layer,
            "target": vars(self.target) | {"indices": list(self.target.indices)},
            "score": self.score,
            "contributions": self.values.tolist(),
        }
