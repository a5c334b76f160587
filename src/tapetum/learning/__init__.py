"""Learning: data, small networks trained before one's eyes, films of it, scores."""

from tapetum.learning.augment import Augmentation, parse_augmentation
from tapetum.learning.data import (
    PictureSet,
    arrays,
    as_tensors,
    corners,
    digits,
    faces,
    in_memory,
    joined,
    lines,
    open_data,
    open_parts,
    split,
)
from tapetum.learning.film import Film
from tapetum.learning.film_callback import film_callback
from tapetum.learning.film_keras import keras_film_callback
from tapetum.learning.fit import fit
from tapetum.learning.history import Fitted
from tapetum.learning.measured import measured
from tapetum.learning.oriented import edge_likeness, oriented_edge
from tapetum.learning.tried import tried
from tapetum.learning.untrained import untrained

__all__ = [
    "Augmentation",
    "Film",
    "Fitted",
    "PictureSet",
    "arrays",
    "as_tensors",
    "corners",
    "digits",
    "edge_likeness",
    "faces",
    "film_callback",
    "fit",
    "in_memory",
    "joined",
    "keras_film_callback",
    "lines",
    "measured",
    "open_data",
    "open_parts",
    "oriented_edge",
    "parse_augmentation",
    "split",
    "tried",
    "untrained",
]
