"""Data to learn from: drawn, packaged, or a person's own."""

from tapetum.learning.data.batch import as_tensors
from tapetum.learning.data.digits import digits
from tapetum.learning.data.lines import lines
from tapetum.learning.data.picture_set import PictureSet, in_memory
from tapetum.learning.data.shortcuts import World, shortcut_world
from tapetum.learning.data.split import split

__all__ = [
    "PictureSet",
    "World",
    "as_tensors",
    "digits",
    "in_memory",
    "lines",
    "shortcut_world",
    "split",
]
