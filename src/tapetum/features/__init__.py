"""What a network looks for: pictures made for its units, dreams, evidence paths."""

from tapetum.features.arithmetic import arithmetic

__all__ = ["arithmetic"]
