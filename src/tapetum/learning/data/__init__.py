"""Data to learn from: drawn, packaged, or a person's own."""

from tapetum.learning.data.arrays import arrays
from tapetum.learning.data.batch import as_tensors
from tapetum.learning.data.corners import corners
from tapetum.learning.data.digits import digits
from tapetum.learning.data.faces import faces
from tapetum.learning.data.lines import lines
from tapetum.learning.data.opened import open_data, open_parts
from tapetum.learning.data.picture_set import PictureSet, in_memory, joined
from tapetum.learning.data.shortcuts import World, shortcut_world
from tapetum.learning.data.split import split

__all__ = [
    "PictureSet",
    "World",
    "arrays",
    "as_tensors",
    "corners",
    "digits",
    "faces",
    "in_memory",
    "joined",
    "lines",
    "open_data",
    "open_parts",
    "shortcut_world",
    "split",
]
