"""How each element of a network's values is computed, term by term."""

from tapetum.network.arithmetic.activation import summed
from tapetum.network.arithmetic.ledger import Ledger
from tapetum.network.arithmetic.terms import Index
from tapetum.network.arithmetic.units import PICTURE, index_of

__all__ = ["PICTURE", "Index", "Ledger", "index_of", "summed"]
