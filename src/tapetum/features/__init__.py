"""What a network looks for: pictures made for its units, dreams, evidence paths."""

from tapetum.features.arithmetic import arithmetic
from tapetum.features.evidence import evidence
from tapetum.features.receptive_field import receptive_field

__all__ = ["arithmetic", "evidence", "receptive_field"]
