"""The commands, one file each: importing this room makes the `app` whole."""

from tapetum.cli.app import app
from tapetum.cli.commands import (
    compare,
    dream,
    examples,
    explain,
    layers,
    methods,
    models,
    predict,
    visualise,
)

__all__ = [
    "app",
    "compare",
    "dream",
    "examples",
    "explain",
    "layers",
    "methods",
    "models",
    "predict",
    "visualise",
]
