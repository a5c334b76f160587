"""The commands, one file each, in the order in which `tapetum --help` lists them."""

from tapetum.cli.commands import compare, explain, layers, methods, models, predict

__all__ = ["compare", "explain", "layers", "methods", "models", "predict"]
