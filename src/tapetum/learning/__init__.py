"""Learning: data, small networks trained before one's eyes, films of it, scores."""

from tapetum.learning.answers import Answers, answers_of
from tapetum.learning.clues import Clue, simple_clues
from tapetum.learning.data import (
    PictureSet,
    World,
    as_tensors,
    digits,
    in_memory,
    lines,
    shortcut_world,
    split,
)
from tapetum.learning.matching import Matching, matched
from tapetum.learning.scores import scored, scores

__all__ = [
    "Answers",
    "Clue",
    "Matching",
    "PictureSet",
    "World",
    "answers_of",
    "as_tensors",
    "digits",
    "in_memory",
    "lines",
    "matched",
    "scored",
    "scores",
    "shortcut_world",
    "simple_clues",
    "split",
]
