"""What is inside a network: feature maps, kernels, silence, pictures made for its units, dreams."""

from tapetum.features.feature_maps import AT_ALL, check_count, feature_maps, one_input, sheets
from tapetum.features.kernels import kernels
from tapetum.features.silence import silence
from tapetum.features.steps import Step, chosen_steps, steps
from tapetum.features.strength import silent, strength

__all__ = [
    "AT_ALL",
    "Step",
    "check_count",
    "chosen_steps",
    "feature_maps",
    "kernels",
    "one_input",
    "sheets",
    "silence",
    "silent",
    "steps",
    "strength",
]
