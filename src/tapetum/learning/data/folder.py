"""A folder of pictures with a folder for each class: read when they are asked for, never all at once."""

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from tapetum.errors import DataError, PictureError
from tapetum.learning.data.picture_set import PictureSet
from tapetum.pictures import Picture, display_name, open_picture, printable
from tapetum.pictures.collection import SUFFIXES, picture_files
from tapetum.pictures.read import read_file
from tapetum.progress import stage
from tapetum.results import Skipped

Part = str
_PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
_AT_ONCE = 64
_LISTED = 5


def folder(place: Path, *, strict: bool = False) -> dict[Part, PictureSet]:
    """The pictures of a folder by their part: all, or train, validation and test.

    Each folder inside it is a class, with all pictures in it and in the folders that it holds. If these
    folders are called train, validation (or val) and test, each is a part and holds the classes. Every file
    is looked at once; those that cannot be read are left out and listed.

    Args:
        place: the folder.
        strict: refuse files that cannot be read, instead of leaving them out.

    Raises:
        DataError: no class folders, only one, one without a picture; with `strict`, a file that cannot be
            read.
    """
    shown = printable(str(place), 200)
    inside = _folders(place, shown)
    if len(inside) > 1 and all(one.name.lower() in _PARTS for one in inside):
        found = {_PARTS[one.name.lower()]: _classes(one, strict=strict) for one in inside}
        if "train" in found:
            return found
    return {"all": _classes(place, strict=strict)}


def _folders(place: Path, shown: str) -> list[Path]:
    try:
        with os.scandir(place) as entries:
            names = sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
    except OSError as error:
        raise DataError(f"The folder {shown} cannot be read ({error.strerror}). Check the path.") from error
    return [place / name for name in names]


def _classes(place: Path, *, strict: bool) -> PictureSet:
    shown = printable(str(place), 200)
    folders = _folders(place, shown)
    classes = tuple(printable(one.name) for one in folders)
    if len(classes) < 2:
        have = f"only one class folder, {classes[0]!r}" if classes else "no folders"
        raise DataError(
            f"The folder {shown} has {have} inside. Put the pictures of each class into a folder of its own, "
            "at least two of them."
        )
    files = [(path, label) for label, one in enumerate(folders) for path in picture_files(one)]
    _refuse_empty(Counter(label for _, label in files), classes, shown)
    names = [printable(path.relative_to(place).as_posix()) for path, _ in files]
    looks = _looks([path for path, _ in files], names)
    skipped = tuple(Skipped(n, look.reason) for n, look in zip(names, looks, strict=True) if look.reason)
    if skipped and strict:
        listed = "; ".join(file.reason for file in skipped[:_LISTED])
        more = f" and {len(skipped) - _LISTED} more" if len(skipped) > _LISTED else ""
        raise DataError(
            f"{len(skipped)} of {len(files)} files of {shown} cannot be read: {listed}{more} "
            "Mend or remove them, or leave strict out to do without them."
        )
    good = [place for place, look in enumerate(looks) if not look.reason]
    kept = [files[place][0] for place in good]
    labels = np.array([files[place][1] for place in good], int)
    _refuse_empty(Counter(labels.tolist()), classes, shown, "that can be read")
    digest = hashlib.blake2b(repr(classes).encode() + labels.tobytes(), digest_size=8)
    for place_in in good:
        digest.update(looks[place_in].digest)

    def fetch(which: int) -> Picture:
        return open_picture(kept[which], name=names[good[which]])

    sizes = {looks[place].size for place in good}
    return PictureSet(
        display_name(os.path.abspath(place)),
        classes,
        labels,
        fetch,
        digest.hexdigest(),
        _notes(place, sizes),
        skipped,
    )


def _refuse_empty(counts: Counter[int], classes: Sequence[str], shown: str, which: str = "") -> None:
    for label, name in enumerate(classes):
        if not counts[label]:
            raise DataError(
                f"The class folder {name!r} of {shown} has no picture {which}".rstrip()
                + f". Pictures end in {', '.join(sorted(SUFFIXES))}; put some in, or remove the folder."
            )


class _Look:
    """What one look at a file told: why it cannot be read, or the digest of its bytes and its size."""

    def __init__(self, reason: str = "", digest: bytes = b"", size: tuple[int, int] = (0, 0)) -> None:
        self.reason, self.digest, self.size = reason, digest, size


def _looks(files: Sequence[Path], names: Sequence[str]) -> list[_Look]:
    found: list[_Look] = []
    with stage("Looking at the pictures", len(files)) as advance, ThreadPoolExecutor() as pool:
        for start in range(0, len(files), _AT_ONCE):
            stop = start + _AT_ONCE
            found += pool.map(_look, files[start:stop], names[start:stop])
            advance(len(files[start:stop]))
    return found


def _look(path: Path, name: str) -> _Look:
    try:
        data = read_file(path)
        picture = open_picture(data, name=name)
    except PictureError as error:
        # The message has the last part of the name, which several classes may share.
        return _Look(str(error).replace(display_name(name), name, 1))
    return _Look("", hashlib.blake2b(data, digest_size=16).digest(), (picture.rows, picture.columns))


def _notes(place: Path, sizes: set[tuple[int, int]]) -> tuple[str, ...]:
    with os.scandir(place) as entries:
        loose = sum(e.is_file() and Path(e.name).suffix.lower() in SUFFIXES for e in entries)
    notes = []
    if len(sizes) > 1:
        rows, columns = zip(*sizes, strict=True)
        notes.append(
            f"The pictures have {len(sizes)} sizes, from {min(rows)}×{min(columns)} to "
            f"{max(rows)}×{max(columns)}; all are resized and cut to the size that the network reads."
        )
    if loose:
        notes.append(f"{loose} pictures beside the class folders belong to no class and were left out.")
    return tuple(notes)
