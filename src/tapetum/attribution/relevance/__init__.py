"""Relevance: the score handed back from operation to operation, each of which shares out what it got."""

from tapetum.attribution.relevance.pieces import Found, in_pieces
from tapetum.attribution.relevance.values import Values
from tapetum.attribution.relevance.walk import Plan, Way, Ways, found_at, plan, values_of, walk

__all__ = ["Found", "Plan", "Values", "Way", "Ways", "found_at", "in_pieces", "plan", "values_of", "walk"]
