"""Where methods and metrics meet: whole comparisons within a time, and one map on trial."""

from tapetum.comparison.compare import compared
from tapetum.comparison.plan import PLANS, Plan, Quality
from tapetum.comparison.trial import case_of, cases_of, maps_on_trial, on_trial

__all__ = ["PLANS", "Plan", "Quality", "case_of", "cases_of", "compared", "maps_on_trial", "on_trial"]
