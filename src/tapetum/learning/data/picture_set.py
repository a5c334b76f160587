"""Labelled pictures: what a classifier is trained and tried on."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int, Integer, UInt8

from tapetum.errors import DataError
from tapetum.pictures import Picture


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
    """

    name: str
    classes: tuple[str, ...]
    labels: Int[np.ndarray, " pictures"]
    fetch: Callable[[int], Picture]
    fingerprint: str

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
    digest = hashlib.blake2b(pixels.tobytes() + found.tobytes() + repr(pixels.shape).encode(), digest_size=8)

    def fetch(place: int) -> Picture:
        values = pixels[place]
        coloured = np.repeat(values[..., None], 3, axis=2) if values.ndim == 2 else values
        return Picture(np.ascontiguousarray(coloured), f"{name} {place}")

    return PictureSet(name, tuple(classes), found, fetch, digest.hexdigest())
