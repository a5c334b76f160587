"""Adversarial pictures: small changes that mislead a network, and pictures whose parts are shuffled."""

from tapetum.attacks.budget import in_levels, parse_epsilon, whole_levels
from tapetum.attacks.goal import Goal, goal_of
from tapetum.attacks.norms import Norm
from tapetum.attacks.shuffle import orders, shuffled, strongest_parts
from tapetum.attacks.smallest import smallest_levels
from tapetum.attacks.subject import LEVELS, Subject, normalised, pictures_of, subject_of
from tapetum.attacks.table import ATTACKS, AttackMethod, find_attack, norm_of

__all__ = [
    "ATTACKS",
    "LEVELS",
    "AttackMethod",
    "Goal",
    "Norm",
    "Subject",
    "find_attack",
    "goal_of",
    "in_levels",
    "norm_of",
    "normalised",
    "orders",
    "parse_epsilon",
    "pictures_of",
    "shuffled",
    "smallest_levels",
    "strongest_parts",
    "subject_of",
    "whole_levels",
]
