"""What instruments return: frozen, checked, and able to show themselves."""

from tapetum.results.comparison import (
    ComparedMetric,
    ComparedRow,
    Comparison,
    LeftOut,
    Measured,
    check_comparison_place,
)
from tapetum.results.dream import Dream
from tapetum.results.examples import Example, Examples
from tapetum.results.explanation import Explanation, NetworkFacts, SeenPicture, StageMap
from tapetum.results.faithfulness import Faithfulness, Trial
from tapetum.results.heatmap import Heatmap, Target, joined
from tapetum.results.prediction import ClassScore, Prediction
from tapetum.results.visualisation import Painted, Visualisation, check_visualisation_place
from tapetum.results.words import Box, evidence_box

__all__ = [
    "Box",
    "ClassScore",
    "ComparedMetric",
    "ComparedRow",
    "Comparison",
    "Dream",
    "Example",
    "Examples",
    "Explanation",
    "Faithfulness",
    "Heatmap",
    "LeftOut",
    "Measured",
    "NetworkFacts",
    "Painted",
    "Prediction",
    "SeenPicture",
    "StageMap",
    "Target",
    "Trial",
    "Visualisation",
    "check_comparison_place",
    "check_visualisation_place",
    "evidence_box",
    "joined",
]
