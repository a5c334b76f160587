"""Evaluation: is a heatmap faithful? One file per metric, one pure function; controls; intervals."""

from tapetum.evaluation.bootstrap import interval
from tapetum.evaluation.case import Case, Explain
from tapetum.evaluation.controls import CONTROLS, Control, centre, edges, random_map
from tapetum.evaluation.curve import area_under
from tapetum.evaluation.deletion import deletion_curve
from tapetum.evaluation.insertion import insertion_curve
from tapetum.evaluation.metrics import METRICS, Metric

__all__ = [
    "CONTROLS",
    "METRICS",
    "Case",
    "Control",
    "Explain",
    "Metric",
    "area_under",
    "centre",
    "deletion_curve",
    "edges",
    "insertion_curve",
    "interval",
    "random_map",
]
