"""Learning: data, small networks trained before one's eyes, films of it, scores."""

from tapetum.learning.data import PictureSet, as_tensors, corners, digits, in_memory, lines, split

__all__ = ["PictureSet", "as_tensors", "corners", "digits", "in_memory", "lines", "split"]
