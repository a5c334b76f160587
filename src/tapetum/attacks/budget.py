"""The budget of an attack as a person writes it."""

import math

from tapetum.attacks.norms import Norm
from tapetum.attacks.subject import LEVELS
from tapetum.errors import MethodError

DEFAULTS: dict[Norm, float] = {"linf": 4 / LEVELS, "l2": 2.0}
_HINT = "Give a number above 0, such as 4/255 or 0.016"


def parse_epsilon(given: str | int | float | None, norm: Norm, values: int | None = None) -> float:
    """How far a picture may be changed, in units of its brightness 0..1; None for the default of the norm.

    Args:
        given: "4/255", "0.016", or a number.
        norm: "linf" bounds every value by it, "l2" the Euclidean length over the picture.
        values: how many values a picture has, where that is known.

    Raises:
        MethodError: no number, nothing, less than one level of an 8-bit picture, or more than there is room.
    """
    epsilon = DEFAULTS[norm] if given is None else _number(given)
    most = 1.0 if norm == "linf" else math.sqrt(values or math.inf)
    if epsilon <= 0:
        raise MethodError(f"epsilon is {given}: no change is allowed. {_HINT}.")
    if epsilon > most:
        reason = "1, from black to white" if norm == "linf" else f"{most:.4g}, from all black to all white"
        raise MethodError(f"epsilon is {given}, and the largest change there is has {reason}. {_HINT}.")
    if whole_levels(epsilon) < 1:
        raise MethodError(
            f"epsilon is {given}, less than the 1/255 between two levels of a picture. Give 1/255 or more."
        )
    return epsilon


def whole_levels(epsilon: float) -> int:
    """The whole steps of 1/255 within a budget, which may miss a fraction such as 4/255 by rounding."""
    return math.floor(epsilon * LEVELS + 1e-4)


def in_levels(epsilon: float) -> str:
    """A budget in words: "4/255", or a number where it is none of the whole steps."""
    levels = epsilon * LEVELS
    whole = round(levels)
    return f"{whole}/{LEVELS}" if abs(levels - whole) < 1e-4 else f"{epsilon:.4g}"


def _number(given: str | int | float) -> float:
    try:
        above, slash, below = str(given).partition("/")
        found = float(above) / float(below) if slash else float(above)
    except (ValueError, ZeroDivisionError):
        found = math.nan
    if isinstance(given, bool) or not math.isfinite(found):
        raise MethodError(f"epsilon is {given!r}, which is no number. {_HINT}.")
    return found
