"""What a source brings: a module, and how pictures reach it."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from tapetum.network import Preparation


@dataclass(frozen=True, eq=False)
class Classifier:
    """A module that is ready to be captured.

    Attributes:
        module: in any mode; it is not touched.
        preparation: with what the caller asked for already in it.
        labels: one per class, or None where the source knows none.
        name: what to call it.
        source: a short sentence on where it comes from.
        batch: the only batch size that it accepts, where it is known to accept one only.
    """

    module: nn.Module
    preparation: Preparation
    labels: Sequence[str] | None
    name: str
    source: str
    batch: int | None = None
