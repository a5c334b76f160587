"""The commands, one file each: importing this room makes the `app` whole."""

from tapetum.cli.app import app
from tapetum.cli.commands import (
    attack,
    compare,
    explain,
    journey,
    layers,
    methods,
    models,
    pareidolia,
    predict,
)

__all__ = [
    "app",
    "attack",
    "compare",
    "explain",
    "journey",
    "layers",
    "methods",
    "models",
    "pareidolia",
    "predict",
]
