"""Convolution and pooling by hand: every window, every product, and what the formulas say."""

from tapetum.mechanics.check import torch_difference
from tapetum.mechanics.convolution import convolution
from tapetum.mechanics.counts import Cost, convolution_cost, dense_cost
from tapetum.mechanics.matrix import as_matrix
from tapetum.mechanics.pooling import pooling
from tapetum.mechanics.shift import shift_trial
from tapetum.mechanics.slide import Slide, edges, output_size, output_sizes, receptive_field, taps

__all__ = [
    "Cost",
    "Slide",
    "as_matrix",
    "convolution",
    "convolution_cost",
    "dense_cost",
    "edges",
    "output_size",
    "output_sizes",
    "pooling",
    "receptive_field",
    "shift_trial",
    "taps",
    "torch_difference",
]
