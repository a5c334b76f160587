"""The `tapetum` command."""

from tapetum.cli.run import main

__all__ = ["main"]
