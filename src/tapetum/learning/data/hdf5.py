"""HDF5 files: pictures, labels and names of classes under keys, as article 3 has them or others."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from tapetum.errors import DataError
from tapetum.learning.data.arrays import arrangement
from tapetum.learning.data.declared import Declared, data_file
from tapetum.learning.data.keys import chosen_keys
from tapetum.learning.data.parts import Stored, parts_of
from tapetum.learning.data.picture_set import PictureSet
from tapetum.pictures import display_name, printable

_HOLD = 256 * 2**20
_LARGEST_CHUNK = 256 * 2**20
_MOST_KEYS = 1000


def hdf5(path: Path, keys: Sequence[str] | None = None) -> dict[str, PictureSet]:
    """The sets of an HDF5 file by their part: train, validation, test, or all.

    What the file declares is checked before anything is read. Pictures of up to 256 MiB are read at once,
    larger ones one by one when they are asked for.

    Args:
        path: the file.
        keys: of the pictures and of the labels; None for the usual ones, such as `train_set_x` and
            `train_set_y`.

    Raises:
        DataError: no HDF5 file, missing keys, wrong shapes, an absurd declared size, or wrong labels.
    """
    name = display_name(path)
    data_file(path)
    with _opened(path) as file:
        chosen = chosen_keys(_names(file), keys, name)
        stored = {part: _stored(file, path, x, y, name) for part, (x, y) in chosen.pairs.items()}
        classes = None if chosen.classes is None else _whole(file, chosen.classes, name)
    return parts_of(name, stored, classes)


def import_h5py() -> Any:
    """The library that reads HDF5.

    Raises:
        DataError: it is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise DataError(
            'HDF5 files need h5py, which is not installed. Install it: pip install "tapetum[learn]".'
        ) from error
    return h5py


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    h5py, name = import_h5py(), display_name(path)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        reason = printable(next(iter(str(error).splitlines()), ""), 200)
        raise DataError(
            f"{name} cannot be read as HDF5 ({reason}). Get it anew, or export it again."
        ) from error


def _names(file: Any) -> list[str]:
    """The keys of all arrays, also in groups; links to other files are not followed."""
    h5py = import_h5py()
    found: list[str] = []
    groups, looked = [""], 0
    while groups:
        prefix = groups.pop(0)
        group = file[prefix] if prefix else file
        for key in group:
            looked += 1
            if looked > _MOST_KEYS:  # groups may hold each other, so that there is no end
                return sorted(found)
            if isinstance(group.get(key, getlink=True), h5py.HardLink):
                kind = group.get(key, getclass=True)
                if kind is h5py.Dataset:
                    found.append(prefix + key)
                elif kind is h5py.Group:
                    groups.append(f"{prefix}{key}/")
    return sorted(found)


def _stored(file: Any, path: Path, pictures: str, labels: str, name: str) -> Stored:
    held, declared = file[pictures], _declared(file, pictures, name)
    arranged = arrangement(declared.shape, declared.kind, name)
    marks = _whole(file, labels, name)
    described = (str(declared), str(_declared(file, labels, name)))
    if declared.size <= _HOLD:
        return Stored(arranged(held[()]), marks, described)
    with path.open("rb") as whole:
        digest = hashlib.file_digest(whole, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
    return Stored(_reader(path, pictures, arranged), marks, described, declared.shape[0], digest)


def _reader(
    path: Path, key: str, arranged: Callable[[Shaped[np.ndarray, "..."]], Shaped[np.ndarray, "..."]]
) -> Callable[[int], Shaped[np.ndarray, "..."]]:
    """Reads one picture; opens the file anew, because no process may share an open one with another."""

    def read(place: int) -> Shaped[np.ndarray, "..."]:
        with _opened(path) as file:
            return arranged(file[key][place])

    return read


def _whole(file: Any, key: str, name: str) -> Shaped[np.ndarray, "..."]:
    """An array of labels or names."""
    _declared(file, key, name)
    values: np.ndarray = np.asarray(file[key][()])
    return values


def _declared(file: Any, key: str, name: str) -> Declared:
    found = file[key]
    if found.is_virtual or found.external:
        raise DataError(
            f"{printable(key, 60)} of {name} lies in another file. Give a file that holds its own data."
        )
    if found.chunks and np.prod(found.chunks, dtype=float) * found.dtype.itemsize > _LARGEST_CHUNK:
        raise DataError(f"{printable(key, 60)} of {name} is stored in too large pieces. Export it again.")
    declared = Declared(key, found.shape or (), found.dtype, found.id.get_storage_size())
    declared.check(name)
    return declared
