"""An objective: what a picture is changed to increase."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

Score = Callable[[Mapping[str, Tensor]], Float[Tensor, " batch"]]
"""One number per picture from values of the graph, by the names of their nodes."""


@dataclass(frozen=True)
class Objective:
    """What a picture is changed to increase, as a person wrote it and as it is computed.

    Attributes:
        text: as `parse_objective` reads it.
        nodes: the values of the graph that the score is computed from.
        score: gives one number per picture.
    """

    text: str
    nodes: tuple[str, ...]
    score: Score
