"""The captured network: one graph that every instrument interprets."""

from tapetum.network.layers import Layer
from tapetum.network.network import Engine, Gradient, Inputs, Network, Precision
from tapetum.network.preparation import Frame, Preparation
from tapetum.network.stages import Stage
from tapetum.network.targets import TargetLike, Targets, find_index, find_target, resolve

__all__ = [
    "Engine",
    "Gradient",
    "Frame",
    "Inputs",
    "Layer",
    "Network",
    "Precision",
    "Preparation",
    "Stage",
    "TargetLike",
    "Targets",
    "find_index",
    "find_target",
    "resolve",
]
