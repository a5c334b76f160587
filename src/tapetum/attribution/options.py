"""Options of methods: checked before anything is computed."""

from tapetum.errors import MethodError


def at_least(method: str, option: str, value: int, least: int = 1) -> int:
    """A whole number that is large enough.

    Raises:
        MethodError: it is smaller.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise MethodError(f"{method}:{option} is {value!r}. Give a whole number of at least {least}.")
    return value


def between(method: str, option: str, value: float, low: float, high: float) -> float:
    """A number from `low` to `high`.

    Raises:
        MethodError: it lies outside, or is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise MethodError(f"{method}:{option} is {value!r}. Give a number from {low:g} to {high:g}.")
    return float(value)


def one_of(method: str, option: str, value: str, choices: tuple[str, ...]) -> str:
    """One of several words.

    Raises:
        MethodError: it is none of them.
    """
    if value not in choices:
        raise MethodError(f"{method} has no {option} {value!r}. Use one of: {', '.join(choices)}.")
    return value


def told(value: object) -> str | float:
    """An option that may be anything, as a heatmap keeps it: words and numbers as they are."""
    return value if isinstance(value, str | int | float) else f"given ({type(value).__name__})"
