"""Tapetum shows how a convolutional network recognises a picture, from the pixels to the verdict."""

__version__ = "0.1.0"
