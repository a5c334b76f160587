"""Labels as they lie in files: numbers, one row per class, or words."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int, Shaped

from tapetum.errors import DataError
from tapetum.pictures import printable

_MOST_CLASSES = 100_000


def read_labels(
    values: Shaped[np.ndarray, "..."], classes: Sequence[str] | None, name: str
) -> tuple[Int[np.ndarray, " pictures"], tuple[str, ...]]:
    """The class of each picture, from 0, and the names of the classes.

    Labels are one number or word per picture, in any shape with one long axis, or one row per picture with a
    single 1 in the column of its class. Where the classes have names, numbers count them from 0; without
    names every value that occurs is a class.

    Raises:
        DataError: other shapes, numbers that are no whole numbers, or that are no class.
    """
    found = np.asarray(values)
    if found.ndim == 2 and min(found.shape) > 1 and found.dtype.kind in "buif":
        found = _from_rows(found, name)
    if found.size != max(found.shape, default=0) or found.ndim > 2 or not found.size:
        raise DataError(
            f"The labels of {name} have the shape {found.shape}. Give one per picture, or one row of zeros "
            "and a one per picture."
        )
    flat = found.reshape(-1)
    if flat.dtype.kind in "SUO":
        return _from_words([_word(value) for value in flat], classes, name)
    if flat.dtype.kind not in "buif" or not np.isfinite(flat).all() or (flat != np.round(flat)).any():
        raise DataError(f"The labels of {name} are no whole numbers. Give the class of each picture, from 0.")
    return _from_numbers(flat.astype(np.int64), classes, name)


def read_classes(values: Shaped[np.ndarray, "..."]) -> tuple[str, ...]:
    """The names of classes as text, whatever they are in the file."""
    return tuple(printable(_word(value)) for value in np.asarray(values).reshape(-1))


def _from_rows(rows: Shaped[np.ndarray, "pictures classes"], name: str) -> Int[np.ndarray, " pictures"]:
    ones = (rows == 1).sum(1)
    if (ones != 1).any() or ((rows != 0).sum(1) != 1).any():
        wrong = int(np.flatnonzero((ones != 1) | ((rows != 0).sum(1) != 1))[0])
        raise DataError(
            f"Row {wrong} of the labels of {name} is no row of zeros with a single one. "
            "Give one class per picture."
        )
    found: np.ndarray = rows.argmax(1)
    return found


def _from_words(
    words: Sequence[str], classes: Sequence[str] | None, name: str
) -> tuple[Int[np.ndarray, " pictures"], tuple[str, ...]]:
    known = tuple(classes) if classes is not None else tuple(sorted(set(words)))
    places = {word: index for index, word in enumerate(known)}
    strange = next((word for word in words if word not in places), None)
    if strange is not None:
        raise DataError(
            f"{name} has the label {printable(strange)!r}, which is none of its {len(known)} classes. "
            "Mend the label, or the list of classes."
        )
    return np.array([places[word] for word in words]), tuple(map(printable, known))


def _from_numbers(
    numbers: Int[np.ndarray, " pictures"], classes: Sequence[str] | None, name: str
) -> tuple[Int[np.ndarray, " pictures"], tuple[str, ...]]:
    if classes is not None:
        wrong = np.flatnonzero((numbers < 0) | (numbers >= len(classes)))
        if len(wrong):
            raise DataError(
                f"The label of picture {wrong[0]} of {name} is {numbers[wrong[0]]}, and there are "
                f"{len(classes)} classes. Labels run from 0 to {len(classes) - 1}."
            )
        return numbers, tuple(classes)
    values, places = np.unique(numbers, return_inverse=True)
    if len(values) > _MOST_CLASSES:
        raise DataError(f"The labels of {name} have {len(values):,} different values. Are they labels?")
    return places.astype(np.int64), tuple(str(value) for value in values)


def _word(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
