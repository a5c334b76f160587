"""Convolution and pooling by hand: every window, every product, and what the formulas say."""

from tapetum.mechanics.convolution import convolution
from tapetum.mechanics.pooling import pooling
from tapetum.mechanics.slide import Slide, edges, output_size, output_sizes, receptive_field, taps

__all__ = [
    "Slide",
    "convolution",
    "edges",
    "output_size",
    "output_sizes",
    "pooling",
    "receptive_field",
    "taps",
]
