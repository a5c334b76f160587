"""How each element of a network's values is computed, term by term."""

from tapetum.network.arithmetic.ledger import Ledger

__all__ = ["Ledger"]
