"""Learning: data, small networks trained before one's eyes, films of it, scores."""

from tapetum.learning.answers import Answers, answers_of
from tapetum.learning.augment import Augmentation, parse_augmentation
from tapetum.learning.clues import Clue, simple_clues
from tapetum.learning.data import (
    PictureSet,
    World,
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
    shortcut_world,
    split,
)
from tapetum.learning.film import Film
from tapetum.learning.film_callback import film_callback
from tapetum.learning.film_keras import keras_film_callback
from tapetum.learning.fit import fit
from tapetum.learning.history import Fitted
from tapetum.learning.matching import Matching, matched
from tapetum.learning.measured import measured
from tapetum.learning.oriented import edge_likeness, oriented_edge
from tapetum.learning.scores import scored, scores
from tapetum.learning.start import Start, check_start, start
from tapetum.learning.three_parts import ThreeParts, three_parts
from tapetum.learning.tried import tried
from tapetum.learning.untrained import untrained

__all__ = [
    "Answers",
    "Augmentation",
    "Clue",
    "Film",
    "Fitted",
    "Matching",
    "PictureSet",
    "Start",
    "ThreeParts",
    "World",
    "answers_of",
    "arrays",
    "as_tensors",
    "check_start",
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
    "matched",
    "measured",
    "open_data",
    "open_parts",
    "oriented_edge",
    "parse_augmentation",
    "scored",
    "scores",
    "shortcut_world",
    "simple_clues",
    "split",
    "start",
    "three_parts",
    "tried",
    "untrained",
]
