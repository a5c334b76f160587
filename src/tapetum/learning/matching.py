"""Which class of a data set is which class of a network."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from tapetum.errors import DataError
from tapetum.learning.data import PictureSet

_NAMED = 5
"""Names that one message lists."""


@dataclass(frozen=True)
class Matching:
    """Per class of the data its index in the network's output, and a note where that was not by name."""

    indices: tuple[int, ...]
    note: str | None = None


def matched(data: PictureSet, labels: Sequence[str]) -> Matching:
    """The classes of the data among the labels of a network: by name, else by index.

    Names are the same where they differ in case or in underscores for spaces only. By index they are matched
    where the network knows none of the names and has as many classes as the data.

    Raises:
        DataError: a name that the network does not know or has twice, or pictures of fewer than two classes.

    Example:
        >>> from tapetum.learning import lines
        >>> matched(lines(1), ["Vertical", "horizontal", "oblique"]).indices
        (1, 0)
    """
    _several_classes(data)
    known: dict[str, list[int]] = {}
    for index, label in enumerate(labels):
        known.setdefault(_plain(label), []).append(index)
    found = [known.get(_plain(name), []) for name in data.classes]
    if not any(found) and len(labels) == len(data.classes):
        pairs = ", ".join(
            f"{name} is {label}" for name, label in zip(data.classes, labels[:_NAMED], strict=False)
        )
        more = ", …" if len(labels) > _NAMED else ""
        return Matching(
            tuple(range(len(labels))),
            f"No class of {data.name} is a label of the network, so they were matched by index: "
            f"{pairs}{more}.",
        )
    for name, places in zip(data.classes, found, strict=True):
        if len(places) > 1:
            raise DataError(
                f"The class {name!r} of {data.name} is the label of the network's classes "
                f"{', '.join(map(str, places))}. Rename it, or give labels that differ."
            )
    unknown = [name for name, places in zip(data.classes, found, strict=True) if not places]
    if unknown:
        raise DataError(_unknown(unknown, data, labels))
    return Matching(tuple(places[0] for places in found))


def _several_classes(data: PictureSet) -> None:
    filled = [name for name, count in zip(data.classes, data.counts, strict=True) if count]
    if len(filled) < 2:
        raise DataError(
            f"All {len(data)} pictures of {data.name} are of one class, {filled[0]!r}. "
            "Give pictures of at least two classes: with one there is nothing to tell apart."
        )


def _unknown(unknown: Sequence[str], data: PictureSet, labels: Sequence[str]) -> str:
    named = ", ".join(map(repr, unknown[:_NAMED])) + (", …" if len(unknown) > _NAMED else "")
    near = difflib.get_close_matches(unknown[0], labels, n=3, cutoff=0.4)
    has = f"Its labels nearest to {unknown[0]!r}" if near else f"It has {len(labels)}, such as"
    listed = ", ".join(near or labels[:3])
    count = f"{len(unknown)} of {len(data.classes)} classes"
    return (
        f"The network does not know {count} of {data.name}: {named}. {has}{': ' if near else ' '}{listed}. "
        "Name the classes as the network does, or give its labels with --labels."
    )


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()
