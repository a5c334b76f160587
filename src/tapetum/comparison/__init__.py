"""Where methods and metrics meet: whole comparisons within a time, and one map on trial."""

from tapetum.comparison.compare import compared
from tapetum.comparison.plan import PLANS, Plan, Quality
from tapetum.comparison.trial import on_trial

__all__ = ["PLANS", "Plan", "Quality", "compared", "on_trial"]
