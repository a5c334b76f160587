"""What instruments return: frozen, checked, and able to show themselves."""

from tapetum.results.arithmetic import Arithmetic, Part, Unit
from tapetum.results.comparison import (
    ComparedMetric,
    ComparedRow,
    Comparison,
    LeftOut,
    Measured,
    check_comparison_place,
)
from tapetum.results.evidence import Evidence, EvidenceUnit, Split
from tapetum.results.explanation import Explanation, NetworkFacts, SeenPicture, StageMap
from tapetum.results.faithfulness import Faithfulness, Trial
from tapetum.results.heatmap import Heatmap, Target, joined
from tapetum.results.prediction import ClassScore, Prediction
from tapetum.results.receptive_field import PixelBox, ReceptiveField
from tapetum.results.words import Box, evidence_box

__all__ = [
    "Arithmetic",
    "Box",
    "ClassScore",
    "ComparedMetric",
    "ComparedRow",
    "Comparison",
    "Evidence",
    "EvidenceUnit",
    "Explanation",
    "Faithfulness",
    "Heatmap",
    "LeftOut",
    "Measured",
    "NetworkFacts",
    "Part",
    "PixelBox",
    "Prediction",
    "ReceptiveField",
    "SeenPicture",
    "Split",
    "StageMap",
    "Target",
    "Trial",
    "Unit",
    "check_comparison_place",
    "evidence_box",
    "joined",
]
