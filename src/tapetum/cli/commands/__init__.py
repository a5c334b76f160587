"""The commands, one file each: importing this room makes the `app` whole."""

from tapetum.cli.app import app
from tapetum.cli.commands import (
    arithmetic,
    attack,
    compare,
    evidence,
    explain,
    journey,
    layers,
    methods,
    models,
    pareidolia,
    predict,
    receptive_field,
)

__all__ = [
    "app",
    "arithmetic",
    "attack",
    "compare",
    "evidence",
    "explain",
    "journey",
    "layers",
    "methods",
    "models",
    "pareidolia",
    "predict",
    "receptive_field",
]
