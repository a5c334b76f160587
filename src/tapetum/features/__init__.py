"""What is inside a network and what it looks for: feature maps, kernels, silence, evidence, pictures."""

from tapetum.features.arithmetic import arithmetic
from tapetum.features.evidence import evidence
from tapetum.features.feature_maps import AT_ALL, check_count, feature_maps, one_input, sheets
from tapetum.features.kernels import kernels
from tapetum.features.receptive_field import receptive_field
from tapetum.features.silence import silence
from tapetum.features.steps import Step, chosen_steps, steps
from tapetum.features.strength import silent, strength

__all__ = [
    "AT_ALL",
    "Step",
    "arithmetic",
    "check_count",
    "chosen_steps",
    "evidence",
    "feature_maps",
    "kernels",
    "one_input",
    "receptive_field",
    "sheets",
    "silence",
    "silent",
    "steps",
    "strength",
]
