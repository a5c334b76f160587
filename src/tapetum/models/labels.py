"""Labels as the caller gives them: listed, by index, or in a file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.errors import ModelError
from tapetum.models.files import regular_file
from tapetum.pictures import display_name

_LARGEST = 16 * 2**20

if TYPE_CHECKING:
    LabelsLike = Sequence[str] | Mapping[int, str] | str | Path
else:
    LabelsLike = object


def read_labels(labels: LabelsLike | None) -> tuple[str, ...] | None:
    """One label per class, in the order of the classes.

    A file holds one label per line, or JSON: a list, or an object from index to label, also as ImageNet's
    index has it (`{"0": ["n01440764", "tench"]}`). What stands in a label is kept as it is.

    Raises:
        ModelError: the file cannot be read, or its indices have gaps.
    """
    if labels is None:
        return None
    if isinstance(labels, str | Path):
        return _from_file(Path(labels))
    if isinstance(labels, Mapping):
        return _by_index(labels, "labels")
    if not isinstance(labels, Sequence):
        raise ModelError(f"labels is {type(labels).__name__}. Give a list, a dict by index, or a file.")
    return tuple(str(label) for label in labels)


def _from_file(path: Path) -> tuple[str, ...]:
    shown = display_name(path)
    regular_file(path, "labels file")
    if path.stat().st_size > _LARGEST:
        raise ModelError(f"The labels file {shown} is larger than 16 MiB. Give one label per line, or JSON.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelError(
            f"The labels file {shown} is not UTF-8 (byte {error.start}). Save it as UTF-8."
        ) from error
    except OSError as error:
        raise ModelError(f"The labels file {shown} cannot be read: {error.strerror}. Check it.") from error
    if text.lstrip()[:1] in ("[", "{"):
        return _from_json(text, shown)
    lines = [line.strip() for line in text.rstrip().split("\n")]
    if "" in lines:
        raise ModelError(
            f"Line {lines.index('') + 1} of the labels file {shown} is empty. Give one label per line."
        )
    return tuple(lines)


def _from_json(text: str, shown: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ModelError(
            f"The labels file {shown} begins like JSON and is none: {error}. Give a list of labels."
        ) from error
    if isinstance(found, dict):
        return _by_index(found, f"labels file {shown}")
    return tuple(_text(entry, f"labels file {shown}") for entry in found)


def _by_index(found: Mapping[Any, Any], where: str) -> tuple[str, ...]:
    by_index: dict[int, str] = {}
    for key, value in found.items():
        try:
            index = int(key)
        except (TypeError, ValueError) as error:
            raise ModelError(
                f"The {where} has the key {key!r:.60}. Give class indices from 0 as keys."
            ) from error
        by_index[index] = _text(value, where)
    missing = next((i for i in range(len(by_index)) if i not in by_index), None)
    if missing is not None or len(by_index) != len(found):
        raise ModelError(
            f"The {where} has {len(found)} entries, and none for class {missing}. "
            "Give every class once, from 0."
        )
    return tuple(by_index[i] for i in range(len(by_index)))


def _text(value: Any, where: str) -> str:
    """A label, or the last entry of ["n01440764", "tench"]."""
    if isinstance(value, list) and value:
        value = value[-1]
    if not isinstance(value, str | int):
        raise ModelError(f"The {where} has {value!r:.60} where a label belongs. Give text.")
    return str(value)
