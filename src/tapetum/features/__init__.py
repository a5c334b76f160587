"""What is inside a network and what it looks for: feature maps, kernels, silence, evidence, pictures."""

from tapetum.features.arithmetic import arithmetic
from tapetum.features.channel_view import channel_values, channel_view, histogram
from tapetum.features.contributions import contributions
from tapetum.features.evidence import evidence
from tapetum.features.feature_maps import AT_ALL, check_count, feature_maps, one_input, sheets
from tapetum.features.kernels import kernels
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
from tapetum.features.receptive_field import Seeing, field_of, receptive_field, seeing
from tapetum.features.silence import silence
from tapetum.features.spectrum import Canvas, fourier_canvas
from tapetum.features.steps import Step, chosen_steps, steps
from tapetum.features.strength import silent, strength
from tapetum.features.transforms import MOVES, STILL, Transform

__all__ = [
    "AT_ALL",
    "MOVES",
    "STILL",
    "Canvas",
    "Frame",
    "Objective",
    "Panel",
    "Quality",
    "Restraint",
    "Seeing",
    "Settings",
    "Step",
    "Term",
    "Transform",
    "arithmetic",
    "channel_objective",
    "channel_values",
    "channel_view",
    "channels_of",
    "check_count",
    "check_settings",
    "chosen_steps",
    "class_objective",
    "contributions",
    "direction_objective",
    "evidence",
    "feature_maps",
    "field_of",
    "fourier_canvas",
    "histogram",
    "kernels",
    "layer_objective",
    "one_input",
    "paint",
    "parse_objective",
    "receptive_field",
    "seeing",
    "sheets",
    "silence",
    "silent",
    "steps",
    "strength",
]
