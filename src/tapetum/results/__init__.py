"""What instruments return: frozen, checked, and able to show themselves."""

from tapetum.results.arithmetic import Arithmetic, Part, Unit
from tapetum.results.attack import Attack, check_attack_place
from tapetum.results.attacked import AttackedPicture, Smallest, Transfer
from tapetum.results.channel_view import ChannelFilter, ChannelView, Histogram
from tapetum.results.comparison import (
    ComparedMetric,
    ComparedRow,
    Comparison,
    LeftOut,
    Measured,
    check_comparison_place,
)
from tapetum.results.contributions import Contributions
from tapetum.results.convolution_matrix import ConvolutionMatrix
from tapetum.results.dream import Dream
from tapetum.results.evidence import Evidence, EvidenceUnit, Split
from tapetum.results.examples import Example, Examples
from tapetum.results.explanation import Explanation, NetworkFacts, SeenPicture, StageMap
from tapetum.results.faithfulness import Faithfulness, Trial
from tapetum.results.heatmap import Heatmap, Target, joined
from tapetum.results.journey import Journey, check_journey_place
from tapetum.results.kernel_sheet import KernelSheet, Pair
from tapetum.results.layer_sheet import LayerSheet
from tapetum.results.page_parts import PageFigure, PageSection, PageTable
from tapetum.results.pareidolia import PAREIDOLIA_SUFFIXES, Pareidolia, Shuffle, ShuffledGrid, Spread
from tapetum.results.prediction import ClassScore, Prediction
from tapetum.results.predictions import Predictions, Skipped, check_predictions_place
from tapetum.results.receptive_field import PixelBox, ReceptiveField
from tapetum.results.reel import REEL_FILE, REEL_SUFFIXES, Reel
from tapetum.results.reel_kernels import FilmedKernel
from tapetum.results.scored import ClassRates, ConfidenceBin, Confusion, Mistake, RocCurve
from tapetum.results.scores import SCORES_SUFFIXES, Scores
from tapetum.results.shift_trial import Learner, ShiftTrial
from tapetum.results.silence import Silence, SilentLayer
from tapetum.results.sliding_window import SlidingWindow
from tapetum.results.story import STORY_SUFFIXES, Story
from tapetum.results.training import (
    TRAINING_SUFFIXES,
    Ending,
    Epoch,
    Training,
    TrainingData,
    check_training_folder,
)
from tapetum.results.visualisation import Painted, Visualisation, check_visualisation_place
from tapetum.results.window_step import WindowStep
from tapetum.results.words import Box, evidence_box, percent

__all__ = [
    "PAREIDOLIA_SUFFIXES",
    "REEL_FILE",
    "REEL_SUFFIXES",
    "SCORES_SUFFIXES",
    "SLIDING_SUFFIXES",
    "STORY_SUFFIXES",
    "TRAINING_SUFFIXES",
    "Arithmetic",
    "Attack",
    "AttackedPicture",
    "Box",
    "ChannelFilter",
    "ChannelView",
    "ClassRates",
    "ClassScore",
    "ComparedMetric",
    "ComparedRow",
    "Comparison",
    "ConfidenceBin",
    "Confusion",
    "Contributions",
    "ConvolutionMatrix",
    "Dream",
    "Ending",
    "Epoch",
    "Evidence",
    "EvidenceUnit",
    "Example",
    "Examples",
    "Explanation",
    "Faithfulness",
    "FilmedKernel",
    "Heatmap",
    "Histogram",
    "Journey",
    "KernelSheet",
    "LayerSheet",
    "Learner",
    "LeftOut",
    "Measured",
    "Mistake",
    "NetworkFacts",
    "PageFigure",
    "PageSection",
    "PageTable",
    "Painted",
    "Pair",
    "Pareidolia",
    "Part",
    "PixelBox",
    "Prediction",
    "Predictions",
    "ReceptiveField",
    "Reel",
    "RocCurve",
    "Scores",
    "SeenPicture",
    "ShiftTrial",
    "Shuffle",
    "ShuffledGrid",
    "Silence",
    "SilentLayer",
    "Skipped",
    "SlidingWindow",
    "Smallest",
    "Split",
    "Spread",
    "StageMap",
    "Story",
    "Target",
    "Training",
    "TrainingData",
    "Transfer",
    "Trial",
    "Unit",
    "Visualisation",
    "WindowStep",
    "check_attack_place",
    "check_comparison_place",
    "check_journey_place",
    "check_predictions_place",
    "check_training_folder",
    "check_visualisation_place",
    "evidence_box",
    "joined",
    "percent",
]
