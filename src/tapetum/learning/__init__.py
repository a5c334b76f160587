"""Learning: data, small networks trained before one's eyes, films of it, scores."""

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
