"""Many pictures from anywhere, one after the other: folders, lists, data sets, the samples."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tapetum.errors import PictureError
from tapetum.pictures.damage import DAMAGE
from tapetum.pictures.decode import open_picture
from tapetum.pictures.names import display_name, printable
from tapetum.pictures.picture import Picture
from tapetum.pictures.read import read_file
from tapetum.pictures.samples import SAMPLE_PREFIX, SAMPLES

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
EVERY_SAMPLE = "samples"


@dataclass(frozen=True)
class Item:
    """One picture of a collection, not read yet.

    `fetch` gives the bytes of a file, or a picture that needs no decoding any more; it may raise a
    `PictureError`.
    """

    name: str
    fetch: Callable[[], bytes | Picture]


@dataclass(frozen=True)
class Collection:
    """How many pictures there are, and how to go through them; nothing is held in memory."""

    count: int
    items: Callable[[], Iterator[Item]]


def collection(source: Any) -> Collection:
    """The pictures that a person means by one thing or a list of things.

    Taken are: a folder (all pictures in it and in the folders inside, by name), a picture as `open_picture`
    takes it, "samples" for all photographs that are always at hand, a data set with a length whose items are
    a picture or (picture, label), where a picture may be a tensor of (channels, rows, columns) in 0..1; and
    lists of these.

    Raises:
        PictureError: nothing there, or a folder without a picture.
    """
    parts = list(source) if isinstance(source, list | tuple) else [source]
    found = [_part(part) for part in parts]
    if not found:
        raise PictureError("There are no pictures. Give at least one.")
    return Collection(sum(part.count for part in found), lambda: (i for part in found for i in part.items()))


def identity(fetched: bytes | Picture) -> int:
    """64 bits over the bytes of a file, or over the pixels of a picture, that tell it from others."""
    if isinstance(fetched, bytes):
        data = hashlib.blake2b(fetched, digest_size=8)
    else:
        data = hashlib.blake2b(repr(fetched.pixels.shape).encode(), digest_size=8)
        data.update(np.ascontiguousarray(fetched.pixels).data)
    return int.from_bytes(data.digest(), "big")


def _part(source: Any) -> Collection:
    if isinstance(source, str) and source == EVERY_SAMPLE:
        return collection([f"{SAMPLE_PREFIX}{name}" for name in SAMPLES])
    if isinstance(source, str | Path) and is_folder(source):
        return _folder(Path(source))
    if isinstance(source, str | Path) and not str(source).startswith(SAMPLE_PREFIX):
        item = Item(display_name(source), partial(read_file, source))
        return Collection(1, lambda: iter([item]))
    if _is_dataset(source):
        return _dataset(source)
    picture = open_picture(_plain(source))
    return Collection(1, lambda: iter([Item(picture.name, lambda: picture)]))


def is_folder(source: str | Path) -> bool:
    """Whether a name means a folder, and no sample."""
    try:
        return not str(source).startswith(SAMPLE_PREFIX) and Path(source).is_dir()
    except (OSError, ValueError):
        return False


def _folder(folder: Path) -> Collection:
    count = sum(1 for _ in picture_files(folder))
    if not count:
        raise PictureError(
            f"There is no picture in the folder {printable(str(folder), 200)}. "
            f"Pictures end in {', '.join(sorted(SUFFIXES))}."
        )

    def items() -> Iterator[Item]:
        for path in picture_files(folder):
            name = printable(path.relative_to(folder).as_posix())
            yield Item(name, partial(read_file, path))

    return Collection(count, items)


def picture_files(folder: Path) -> Iterator[Path]:
    """Pictures of a folder and of those inside it, by name; a link to a folder is not followed."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from picture_files(folder / entry.name)
        elif Path(entry.name).suffix.lower() in SUFFIXES and entry.is_file():
            yield folder / entry.name


def _is_dataset(source: Any) -> bool:
    known = isinstance(source, str | Path | bytes | Image.Image | np.ndarray | Picture)
    return not known and hasattr(source, "__len__") and hasattr(source, "__getitem__")


def _dataset(source: Any) -> Collection:
    def items() -> Iterator[Item]:
        for index in range(len(source)):
            yield Item(f"item {index}", partial(_of_dataset, source, index))

    if not len(source):
        raise PictureError("The data set is empty. Give one with at least one picture.")
    return Collection(len(source), items)


def _of_dataset(source: Any, index: int) -> Picture:
    name = f"item {index}"
    try:
        item = source[index]
    except DAMAGE as error:
        reason = printable(str(error)) or type(error).__name__
        raise PictureError(f"The data set cannot give {name} ({reason}). Look at its file.") from error
    label = ""
    if isinstance(item, tuple | list) and item:
        label = f", {item[1]}" if len(item) > 1 and isinstance(item[1], int | str) else ""
        item = item[0]
    found = open_picture(_plain(item), name=name)
    return Picture(found.pixels, printable(name + label), found.notes)


def _plain(item: Any) -> Any:
    """A tensor of (channels, rows, columns) as an array with the channels last; anything else as it is."""
    if not (hasattr(item, "detach") and hasattr(item, "numpy")):
        return item
    array = item.detach().cpu().numpy()
    return np.moveaxis(array, 0, -1) if array.ndim == 3 and array.shape[0] in (1, 3, 4) else array
