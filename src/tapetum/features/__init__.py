"""What a network looks for: pictures made for its units, dreams."""

from tapetum.features.objective import (
    Objective,
    Term,
    channel_objective,
    class_objective,
    direction_objective,
    layer_objective,
    parse_objective,
)
from tapetum.features.spectrum import Canvas, fourier_canvas

__all__ = [
    "Canvas",
    "Objective",
    "Term",
    "channel_objective",
    "class_objective",
    "direction_objective",
    "fourier_canvas",
    "layer_objective",
    "parse_objective",
]
