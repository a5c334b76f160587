"""Where networks come from: one file per source, and `load` that knows them all."""

from tapetum.models.by_hand import Design
from tapetum.models.design_file import design
from tapetum.models.listing import list_models
from tapetum.models.load import load

__all__ = ["Design", "design", "list_models", "load"]
