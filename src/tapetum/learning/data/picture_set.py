"""Labelled pictures: what a classifier is trained and tried on."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int, Integer, UInt8

from tapetum.errors import DataError
from tapetum.pictures import Picture
from tapetum.results import Skipped


@dataclass(frozen=True, eq=False, repr=False)
class PictureSet:
    """Pictures with one class each; a picture is read when it is asked for.

    It has a length, and `data[i]` is (picture, label), so that whatever takes a data set takes it.

    Attributes:
        name: for people.
        classes: one name per class.
        labels: the class of each picture, from 0.
        fetch: reads one picture by its place; may raise a `PictureError`.
        fingerprint: of what the pictures are, as hexadecimal digits.
        notes: what a person should know of them, a sentence each.
        skipped: files that could not be read and are not in it.
    """

    name: str
    classes: tuple[str, ...]
    labels: Int[np.ndarray, " pictures"]
    fetch: Callable[[int], Picture]
    fingerprint: str
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def __post_init__(self) -> None:
        """Check that there are pictures, and that every label is a class."""
        if not len(self.labels):
            raise DataError(f"{self.name} has no pictures. Give at least one per class.")
        wrong = np.flatnonzero((self.labels < 0) | (self.labels >= len(self.classes)))
        if len(wrong):
            raise DataError(
                f"The label of picture {wrong[0]} of {self.name} is {self.labels[wrong[0]]}, and there are "
                f"{len(self.classes)} classes. Labels run from 0 to {len(self.classes) - 1}."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, place: int) -> tuple[Picture, int]:
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self.fetch(place), int(self.labels[place])

    def __iter__(self) -> Iterator[tuple[Picture, int]]:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in zip(self.classes, self.counts, strict=True))
        return f"PictureSet({self.name!r}: {counts})"

    @property
    def counts(self) -> tuple[int, ...]:
        """How many pictures each class has."""
        return tuple(int(n) for n in np.bincount(self.labels, minlength=len(self.classes)))

    def picked(self, places: Sequence[int] | Int[np.ndarray, " picked"], name: str = "") -> "PictureSet":
        """The pictures at these places, in this order; the classes stay all."""
        chosen = np.asarray(places, int)
        digest = hashlib.blake2b(self.fingerprint.encode() + chosen.tobytes(), digest_size=8)
        return replace(
            self,
            name=name or self.name,
            labels=self.labels[chosen],
            fetch=lambda place: self.fetch(int(chosen[place])),
            fingerprint=digest.hexdigest(),
        )


def in_memory(
    name: str,
    pixels: UInt8[np.ndarray, "pictures rows columns *channels"],
    labels: Integer[np.ndarray, " pictures"] | Sequence[int],
    classes: Sequence[str],
) -> PictureSet:
    """Pictures that are there already: grey, or with three channels last.

    Raises:
        DataError: no pictures, a label that is no class, or another number of labels than of pictures.
    """
    found = np.asarray(labels, int)
    if len(found) != len(pixels):
        raise DataError(f"{name} has {len(pixels)} pictures and {len(found)} labels. Give one per picture.")

    def fetch(place: int) -> Picture:
        values = pixels[place]
        coloured = np.repeat(values[..., None], 3, axis=2) if values.ndim == 2 else values
        return Picture(np.ascontiguousarray(coloured), f"{name} {place}")

    return PictureSet(name, tuple(classes), found, fetch, digest_of(pixels, found))


def digest_of(pixels: UInt8[np.ndarray, "..."], labels: Int[np.ndarray, " pictures"]) -> str:
    """The fingerprint of pictures that are there already."""
    data = pixels.tobytes() + labels.tobytes() + repr(pixels.shape).encode()
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def joined(sets: Sequence[PictureSet], name: str) -> PictureSet:
    """Sets of the same classes as one, in this order.

    Raises:
        DataError: their classes differ.
    """
    if any(one.classes != sets[0].classes for one in sets):
        listed = "; ".join(f"{one.name}: {', '.join(one.classes[:6])}" for one in sets)
        raise DataError(f"The parts of {name} have different classes ({listed}). Give them the same ones.")
    starts = np.cumsum([0, *map(len, sets)])

    def fetch(place: int) -> Picture:
        which = int(np.searchsorted(starts, place, side="right")) - 1
        return sets[which].fetch(place - int(starts[which]))

    digest = hashlib.blake2b("".join(one.fingerprint for one in sets).encode(), digest_size=8)
    return replace(
        sets[0],
        name=name,
        labels=np.concatenate([one.labels for one in sets]),
        fetch=fetch,
        fingerprint=digest.hexdigest(),
        notes=tuple(dict.fromkeys(note for one in sets for note in one.notes)),
        skipped=tuple(file for one in sets for file in one.skipped),
    )
