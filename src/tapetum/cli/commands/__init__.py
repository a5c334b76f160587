"""The commands, one file each: importing this room makes the `app` whole."""

from tapetum.cli.app import app
from tapetum.cli.commands import (
    arithmetic,
    attack,
    compare,
    dream,
    evaluate,
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
    visualise,
)

__all__ = [
    "app",
    "arithmetic",
    "attack",
    "compare",
    "dream",
    "evaluate",
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
    "visualise",
]
