"""Read a design from a JSON or TOML file, which holds numbers and names and can carry no code."""

import difflib
import importlib.resources
import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tapetum.errors import DesignError
from tapetum.models.by_hand import Design, Filter, Kernel, Matrix
from tapetum.models.files import regular_file
from tapetum.pictures import display_name, printable

DESIGN_SUFFIXES = (".toml", ".json")
_LARGEST = 2**20
_AT = re.compile(r"\(at line (\d+), column (\d+)\)$")
_TOP = ("name", "labels", "size", "padding", "pool", "kernels", "filters", "verdict")


def design(source: str | Path = "ones-and-twos") -> Design:
    """A network written down by hand: the one that comes along, or one in a file.

    "ones-and-twos" tells handwritten ones from twos with five 3 × 3 kernels and two filters; `save` copies it
    to a file to be changed.

    Args:
        source: "ones-and-twos", or a file (.toml, .json).

    Raises:
        DesignError: the file cannot be read (line and column are named), or its numbers do not fit together.
        ModelError: there is no such file.

    Example:
        >>> import tapetum
        >>> found = tapetum.design()
        >>> [kernel.name for kernel in found.kernels]
        ['stem', 'upper edge', 'lower edge', 'rising', 'falling']
        >>> tapetum.load(found)
        Network('ones-and-twos', 1×8×8 → 2 classes)
    """
    if source == "ones-and-twos":
        held = importlib.resources.files("tapetum.models") / "designs" / "ones-and-twos.toml"
        return _design(tomllib.loads(held.read_text("utf-8")))
    return read_design(Path(source))


def read_design(path: Path) -> Design:
    """The design in a file.

    Raises:
        DesignError: it cannot be read, or its numbers do not fit together.
        ModelError: there is no such file.
    """
    shown = display_name(path)
    regular_file(path, "design file")
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise DesignError(f"{shown} cannot be read: {error.strerror}. Check the file.") from error
    if len(data) > _LARGEST:
        raise DesignError(
            f"{shown} is larger than 1 MiB, which no design written by hand is. Check the file."
        )
    text = _text(data, shown)
    found = _toml(text, shown) if path.suffix.lower() == ".toml" else _json(text, shown)
    try:
        return _design(found)
    except DesignError as error:
        raise DesignError(f"{shown}: {error}") from error


def _text(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line = before.count("\n") + 1
        start = before.rpartition("\n")[2]
        rest = data[error.start :].decode("utf-8", "replace").split("\n")[0]
        raise _unreadable(shown, "It is not UTF-8", line, len(start) + 1, start + rest) from error


def _toml(text: str, shown: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        lines = text.split("\n")
        at = _AT.search(str(error))
        line, column = (int(at[1]), int(at[2])) if at else (len(lines), len(lines[-1]) + 1)
        words = str(error).partition(" (at ")[0]
        raise _unreadable(shown, words, line, column, lines[line - 1]) from error
    except (RecursionError, ValueError) as error:
        raise DesignError(f"{shown} cannot be read ({_short(error)}). Write it like the example.") from error


def _json(text: str, shown: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1]
        raise _unreadable(shown, error.msg, error.lineno, error.colno, line) from error
    except (RecursionError, ValueError) as error:
        raise DesignError(f"{shown} cannot be read ({_short(error)}). Write it like the example.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, whose later keys must not replace earlier ones without a word."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _unreadable(shown: str, words: str, line: int, column: int, text: str) -> DesignError:
    return DesignError(
        f"{shown} cannot be read at line {line}, column {column}: {printable(words, 200)}. Mend that place.",
        text,
        column,
    )


def _short(error: Exception) -> str:
    return printable(str(error) or type(error).__name__, 200)


# ---- from what was read to a design -------------------------------------------------------------------


def _design(found: Any) -> Design:
    held = _table(found, "the design", _TOP)
    kernels = tuple(
        _kernel(one, f"kernel {place}")
        for place, one in enumerate(_list(held["kernels"], "kernels"), start=1)
    )
    filters = tuple(
        _filter(one, f"filter {place}", [kernel.name for kernel in kernels])
        for place, one in enumerate(_list(held["filters"], "filters"), start=1)
    )
    verdict = _table(held["verdict"], "verdict", ("weights", "bias"))
    size = tuple(_whole(one, "size") for one in _list(held["size"], "size"))
    if len(size) != 2:
        raise DesignError(f"size has {len(size)} numbers. Give rows and columns, such as [8, 8].")
    return Design(
        name=_word(held["name"], "name"),
        labels=tuple(_word(one, "labels") for one in _list(held["labels"], "labels")),
        size=size,
        padding=_whole(held["padding"], "padding"),
        pool=_whole(held["pool"], "pool"),
        kernels=kernels,
        filters=filters,
        weights=_matrix(verdict["weights"], "the weights of verdict"),
        bias=_number(verdict["bias"], "the bias of verdict"),
    )


def _kernel(found: Any, where: str) -> Kernel:
    held = _table(found, where, ("name", "weights"))
    return Kernel(
        _word(held["name"], f"the name of {where}"), _matrix(held["weights"], f"the weights of {where}")
    )


def _filter(found: Any, where: str, kernels: Sequence[str]) -> Filter:
    held = _table(found, where, ("name", "maps"))
    maps = _table(held["maps"], f"the maps of {where}", kernels)
    return Filter(
        _word(held["name"], f"the name of {where}"),
        tuple(_matrix(maps[name], f"the map {name!r} of {where}") for name in kernels),
    )


def _table(found: Any, where: str, known: Sequence[str]) -> dict[str, Any]:
    """A table with exactly these keys."""
    if not isinstance(found, dict):
        raise _wrong(where, found, f"a table with {', '.join(known)}")
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"Is {near[0]!r} meant?" if near else f"Known are: {', '.join(map(printable, known))}."
            raise DesignError(f"There is no key {printable(key)!r} in {where}. {hint}")
    missing = [key for key in known if key not in found]
    if missing:
        raise DesignError(f"{printable(missing[0])!r} is missing in {where}. Give it, as the example does.")
    return found


def _list(found: Any, where: str) -> list[Any]:
    if not isinstance(found, list):
        raise _wrong(where, found, "a list")
    return found


def _matrix(found: Any, where: str) -> Matrix:
    return tuple(
        tuple(_number(one, f"row {place} of {where}") for one in _list(row, f"row {place} of {where}"))
        for place, row in enumerate(_list(found, where), start=1)
    )


def _number(found: Any, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong(where, found, "numbers")
    try:
        return float(found)
    except OverflowError as error:
        raise DesignError(f"A number in {where} is too large. Give a smaller one.") from error


def _whole(found: Any, where: str) -> int:
    if isinstance(found, bool) or not isinstance(found, int):
        raise _wrong(where, found, "whole numbers")
    return found


def _word(found: Any, where: str) -> str:
    if not isinstance(found, str) or not found.strip():
        raise _wrong(where, found, "a text")
    return found


def _wrong(where: str, found: Any, wanted: str) -> DesignError:
    return DesignError(f"In {where} stands {printable(repr(found), 60)}. Give {wanted}.")
