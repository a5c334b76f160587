"""The commands, one file each: importing this room makes the `app` whole."""

from tapetum.cli.app import app
from tapetum.cli.commands import compare, explain, journey, layers, methods, models, predict

__all__ = ["app", "compare", "explain", "journey", "layers", "methods", "models", "predict"]
