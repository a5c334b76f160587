"""Options of methods: read off their signatures, parsed from text, checked before anything is computed."""

import difflib
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tapetum.errors import MethodError


@dataclass(frozen=True)
class Option:
    """One keyword-only parameter of a method, as the command line, the schema and the docs show it.

    `anything`: from Python it takes more than text, such as a picture, and text may name a file.
    """

    name: str
    kind: str
    default: Any
    choices: tuple[str, ...] = ()
    anything: bool = False

    def to_dict(self) -> dict[str, Any]:
        """What a person may choose, as plain data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "default": self.default,
            "choices": list(self.choices),
        }


def options_of(function: Callable[..., Any], given: Iterable[str] = ()) -> tuple[Option, ...]:
    """The keyword-only parameters of a function, but for those that are given to it by others."""
    parameters = inspect.signature(function).parameters.values()
    own = (p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name not in given)
    return tuple(map(_option, own))


def nearest(name: str, known: Iterable[str]) -> str:
    """The names that are most like this one, with commas between; all of them where none is."""
    names = list(known)
    like = difflib.get_close_matches(name.lower().replace("_", "-"), names, n=3, cutoff=0.5)
    return ", ".join(like or names)


def check_names(method: str, options: Sequence[Option], given: Iterable[str]) -> None:
    """Raise MethodError for a name that is none of these options."""
    known = [option.name for option in options]
    for name in given:
        if name not in known:
            raise MethodError(
                f"The method {method} has no option {name!r}. It has: {', '.join(known) or 'none'}."
            )


def parsed(method: str, options: Sequence[Option], given: Mapping[str, str]) -> dict[str, Any]:
    """Options typed as text, in the types of the signature.

    Raises:
        MethodError: an unknown option, or a text that is not of its type.
    """
    check_names(method, options, given)
    known = {option.name: option for option in options}
    return {name: _parsed(method, known[name], text) for name, text in given.items()}


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


def _option(parameter: inspect.Parameter) -> Option:
    annotation = parameter.annotation
    inner = [a for a in typing.get_args(annotation) if a is not type(None)]
    if typing.get_origin(annotation) is Literal:
        return Option(
            parameter.name, "choice", parameter.default, tuple(map(str, typing.get_args(annotation)))
        )
    plain = inner[0] if inner else annotation
    # What is `object` at run time takes anything, and from text a text.
    kind = "str" if plain is object else plain.__name__
    return Option(parameter.name, kind, parameter.default, anything=plain is object)


def _parsed(key: str, option: Option, text: str) -> Any:
    if option.kind == "choice":
        if text in option.choices:
            return text
        wanted = f"one of {', '.join(option.choices)}"
    else:
        readers: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str, "bool": _truth}
        try:
            return readers[option.kind](text)
        except ValueError:
            wanted = {"int": "a whole number", "float": "a number", "bool": "yes or no"}[option.kind]
    raise MethodError(f"{key}:{option.name} is {text!r}. Give {wanted}.")


def _truth(text: str) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]
