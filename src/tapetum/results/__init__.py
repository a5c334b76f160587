"""What instruments return: frozen, checked, and able to show themselves."""

from tapetum.results.explanation import Explanation, NetworkFacts, SeenPicture, StageMap
from tapetum.results.heatmap import Heatmap, Target, joined
from tapetum.results.prediction import ClassScore, Prediction
from tapetum.results.words import Box, evidence_box

__all__ = [
    "Box",
    "ClassScore",
    "Explanation",
    "Heatmap",
    "NetworkFacts",
    "Prediction",
    "SeenPicture",
    "StageMap",
    "Target",
    "evidence_box",
    "joined",
]
