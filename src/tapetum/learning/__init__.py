"""Learning: data, small networks trained before one's eyes, films of it, scores."""

from tapetum.learning.data import PictureSet, as_tensors, corners, digits, in_memory, lines, split

__all__ = ["PictureSet", "as_tensors", "corners", "digits", "in_memory", "lines", "split"]
from tapetum.learning.augment import Augmentation, parse_augmentation
from tapetum.learning.data import (
    PictureSet,
    arrays,
    as_tensors,
    digits,
    faces,
    in_memory,
    joined,
    lines,
    open_data,
    open_parts,
    split,
)
from tapetum.learning.fit import fit
from tapetum.learning.history import Fitted
from tapetum.learning.measured import measured
from tapetum.learning.tried import tried
from tapetum.learning.untrained import untrained

__all__ = [
    "Augmentation",
    "Fitted",
    "PictureSet",
    "arrays",
    "as_tensors",
    "digits",
    "faces",
    "fit",
    "in_memory",
    "joined",
    "lines",
    "measured",
    "open_data",
    "open_parts",
    "parse_augmentation",
    "split",
    "tried",
    "untrained",
from tapetum.learning.data import PictureSet, as_tensors, digits, in_memory, lines, split
from tapetum.learning.film import Film
from tapetum.learning.film_callback import film_callback
from tapetum.learning.film_keras import keras_film_callback
from tapetum.learning.oriented import edge_likeness, oriented_edge

__all__ = [
    "Film",
    "PictureSet",
    "as_tensors",
    "digits",
    "edge_likeness",
    "film_callback",
    "in_memory",
    "keras_film_callback",
    "lines",
    "oriented_edge",
    "split",
]
