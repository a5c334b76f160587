"""Where networks come from: one file per source, and `load` that knows them all."""

from tapetum.models.listing import list_models
from tapetum.models.load import load

__all__ = ["list_models", "load"]
