"""The commands, one file each: importing this room makes the `app` whole."""

from tapetum.cli.app import app
from tapetum.cli.commands import (
    arithmetic,
    attack,
    compare,
    dream,
    evidence,
    examples,
    explain,
    journey,
    layers,
    lesson,
    methods,
    models,
    pareidolia,
    predict,
    receptive_field,
    train,
    visualise,
)

__all__ = [
    "app",
    "arithmetic",
    "attack",
    "compare",
    "dream",
    "evidence",
    "examples",
    "explain",
    "journey",
    "layers",
    "lesson",
    "methods",
    "models",
    "pareidolia",
    "predict",
    "receptive_field",
    "train",
    "visualise",
]
