"""The commands, one file each: importing this room makes the `app` whole."""

from tapetum.cli.app import app
from tapetum.cli.commands import (
    arithmetic,
    compare,
    evidence,
    explain,
    layers,
    methods,
    models,
    predict,
    receptive_field,
)

__all__ = [
    "app",
    "arithmetic",
    "compare",
    "evidence",
    "explain",
    "layers",
    "methods",
    "models",
    "predict",
    "receptive_field",
]
