"""The parts of a file of arrays as sets of the same classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Shaped

from tapetum.errors import DataError
from tapetum.learning.data.arrays import check_count, from_source
from tapetum.learning.data.labels import read_classes, read_labels
from tapetum.learning.data.picture_set import PictureSet, digest_of
from tapetum.pictures.arrays import eight_bits


@dataclass(frozen=True, eq=False)
class Stored:
    """One part of a file.

    Attributes:
        pictures: an array with the channels last, or what reads one picture of it.
        labels: as they lie there.
        described: the arrays with their shapes, for people.
        count: how many pictures there are, where they are not held.
        fingerprint: of them, where they are not held.
    """

    pictures: Shaped[np.ndarray, "..."] | Callable[[int], Shaped[np.ndarray, "..."]]
    labels: Shaped[np.ndarray, "..."]
    described: tuple[str, ...]
    count: int = 0
    fingerprint: str = ""


def parts_of(
    name: str, stored: Mapping[str, Stored], classes: Shaped[np.ndarray, "..."] | None
) -> dict[str, PictureSet]:
    """Each part as a set; where no classes are named, they are all values that occur in any part.

    Raises:
        DataError: labels that are none, another number of them than of pictures, or one class only.
    """
    named = None if classes is None else read_classes(classes)
    read = {part: read_labels(one.labels, named, name) for part, one in stored.items()}
    if named is None:
        found = {label for _, labels in read.values() for label in labels}
        named = tuple(sorted(found, key=lambda word: (len(word), word) if _numbers(found) else word))
    sets = {}
    for part, one in stored.items():
        numbers, words = read[part]
        moved = np.array([named.index(word) for word in words], int)[numbers]
        called = name if part == "all" else f"{name} ({part})"
        sets[part] = replace(_set(called, one, moved, named), notes=(f"{name}: {', '.join(one.described)}.",))
    if sum(any((one.labels == label).any() for one in sets.values()) for label in range(len(named))) < 2:
        raise DataError(
            f"All pictures of {name} are of one class: there is nothing to tell apart. "
            "Give pictures of at least two."
        )
    return sets


def _numbers(words: set[str]) -> bool:
    return all(word.removeprefix("-").isdecimal() for word in words)


def _set(
    name: str, one: Stored, labels: Shaped[np.ndarray, " pictures"], classes: tuple[str, ...]
) -> PictureSet:
    if callable(one.pictures):
        check_count(len(labels), one.count, name)
        return from_source(name, one.pictures, labels, classes, one.fingerprint)
    check_count(len(labels), len(one.pictures), name)
    pixels = eight_bits(one.pictures, name)
    pixels.flags.writeable = False
    return from_source(name, pixels.__getitem__, labels, classes, digest_of(pixels, labels))
