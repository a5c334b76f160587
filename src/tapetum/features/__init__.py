"""What a network looks for: pictures made for its units, dreams."""

from tapetum.features.objective import (
    Objective,
    Term,
    channel_objective,
    channels_of,
    class_objective,
    direction_objective,
    layer_objective,
    parse_objective,
)
from tapetum.features.paint import Frame, Panel, Quality, Settings, check_settings, paint
from tapetum.features.penalties import Restraint
from tapetum.features.spectrum import Canvas, fourier_canvas
from tapetum.features.transforms import MOVES, STILL, Transform

__all__ = [
    "MOVES",
    "STILL",
    "Canvas",
    "Frame",
    "Objective",
    "Panel",
    "Quality",
    "Restraint",
    "Settings",
    "Term",
    "Transform",
    "channel_objective",
    "channels_of",
    "check_settings",
    "class_objective",
    "direction_objective",
    "fourier_canvas",
    "layer_objective",
    "paint",
    "parse_objective",
]
