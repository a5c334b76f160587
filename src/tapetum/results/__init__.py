"""What instruments return: frozen, checked, and able to show themselves."""

from tapetum.results.attack import Attack, check_attack_place
from tapetum.results.attacked import AttackedPicture, Smallest, Transfer
from tapetum.results.comparison import (
    ComparedMetric,
    ComparedRow,
    Comparison,
    LeftOut,
    Measured,
    check_comparison_place,
)
from tapetum.results.explanation import Explanation, NetworkFacts, SeenPicture, StageMap
from tapetum.results.faithfulness import Faithfulness, Trial
from tapetum.results.heatmap import Heatmap, Target, joined
from tapetum.results.pareidolia import PAREIDOLIA_SUFFIXES, Pareidolia, Shuffle, ShuffledGrid, Spread
from tapetum.results.prediction import ClassScore, Prediction
from tapetum.results.words import Box, evidence_box

__all__ = [
    "PAREIDOLIA_SUFFIXES",
    "Attack",
    "AttackedPicture",
    "Box",
    "ClassScore",
    "ComparedMetric",
    "ComparedRow",
    "Comparison",
    "Explanation",
    "Faithfulness",
    "Heatmap",
    "LeftOut",
    "Measured",
    "NetworkFacts",
    "Pareidolia",
    "Prediction",
    "SeenPicture",
    "Shuffle",
    "ShuffledGrid",
    "Smallest",
    "Spread",
    "StageMap",
    "Target",
    "Transfer",
    "Trial",
    "check_attack_place",
    "check_comparison_place",
    "evidence_box",
    "joined",
]
