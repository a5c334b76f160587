"""NumPy's .npz files: pictures, labels and names of classes under keys."""

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from tapetum.errors import DataError
from tapetum.learning.data.arrays import arrangement
from tapetum.learning.data.declared import Declared, data_file
from tapetum.learning.data.keys import chosen_keys
from tapetum.learning.data.parts import Stored, parts_of
from tapetum.learning.data.picture_set import PictureSet
from tapetum.pictures import display_name, printable

_LARGEST = 4 * 2**30


def npz(path: Path, keys: Sequence[str] | None = None) -> dict[str, PictureSet]:
    """The sets of an .npz file by their part, as `hdf5` gives them, read at once.

    Raises:
        DataError: no .npz file, missing keys, wrong shapes, a declared size that is not there or above 4 GiB,
            Python objects inside, or wrong labels.
    """
    name = display_name(path)
    data_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            held = [entry.removesuffix(".npy") for entry in archive.namelist() if entry.endswith(".npy")]
            chosen = chosen_keys(held, keys, name)
            stored = {part: _stored(archive, x, y, name) for part, (x, y) in chosen.pairs.items()}
            classes = None if chosen.classes is None else _whole(archive, chosen.classes, name)[0]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        reason = printable(str(error), 200)
        raise DataError(
            f"{name} cannot be read as .npz ({reason}). Get it anew, or save it again."
        ) from error
    return parts_of(name, stored, classes)


def _stored(archive: zipfile.ZipFile, pictures: str, labels: str, name: str) -> Stored:
    values, declared = _whole(archive, pictures, name)
    marks, of_marks = _whole(archive, labels, name)
    arranged = arrangement(declared.shape, declared.kind, name)
    return Stored(arranged(values), marks, (str(declared), str(of_marks)))


def _whole(archive: zipfile.ZipFile, key: str, name: str) -> tuple[Shaped[np.ndarray, "..."], Declared]:
    declared = _declared(archive, key, name)
    with archive.open(f"{key}.npy") as file:
        values: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    return values, declared


def _declared(archive: zipfile.ZipFile, key: str, name: str) -> Declared:
    """What the header of an array says, held against the size of the member and of the file."""
    shown, member = f"{printable(key, 60)} of {name}", archive.getinfo(f"{key}.npy")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, kind = read(file)
        start = file.tell()
    if kind.hasobject:
        raise DataError(f"{shown} holds Python objects, which are code. Save it as numbers or as text.")
    found = Declared(key, shape, kind, member.compress_size)
    found.check(name)
    if found.size > _LARGEST or found.size != member.file_size - start:
        raise DataError(
            f"{shown} declares the shape {shape}, which is {found.size:,} bytes, and "
            f"{member.file_size - start:,} are there; at most 4 GiB are read. Save it again, or as HDF5, "
            "which is read piece by piece."
        )
    return found
