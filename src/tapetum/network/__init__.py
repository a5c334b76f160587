"""The captured network: one graph that every instrument interprets."""

from tapetum.network.filters import Filters
from tapetum.network.gradient import Gradient
from tapetum.network.inputs import Inputs
from tapetum.network.layers import Layer
from tapetum.network.network import Network
from tapetum.network.operations import COMPUTES_NOTHING, opening, operation_words
from tapetum.network.preparation import Frame, Preparation
from tapetum.network.program import Rules
from tapetum.network.regions import Regions, Windows
from tapetum.network.runtime import Engine, Precision
from tapetum.network.stages import Stage
from tapetum.network.sweep import sweep
from tapetum.network.tail import Tail
from tapetum.network.targets import Aim, TargetLike, Targets, find_index, find_target, resolve

__all__ = [
    "COMPUTES_NOTHING",
    "Aim",
    "Engine",
    "Filters",
    "Frame",
    "Gradient",
    "Inputs",
    "Layer",
    "Network",
    "Precision",
    "Preparation",
    "Regions",
    "Rules",
    "Stage",
    "Tail",
    "TargetLike",
    "Targets",
    "Windows",
    "find_index",
    "find_target",
    "opening",
    "operation_words",
    "resolve",
    "sweep",
]
