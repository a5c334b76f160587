"""Labelled pictures by name: the one place where such a name is opened."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tapetum.learning import PictureSet


def open_data(name: "str | PictureSet") -> "PictureSet":
    """The labelled pictures that this name means: lines, digits, or a folder with a folder per class.

    A set comes back as it is.

    Raises:
        DataError: no such data, fewer than two classes, or a class without pictures.
    """
    from tapetum import learning
    from tapetum.errors import DataError

    if not isinstance(name, str):
        return name
    if name == "lines":
        return learning.lines()
    if name == "digits":
        return learning.digits()
    if Path(name).is_dir():
        return _folder(Path(name))
    raise DataError(f"There are no data {name!r}. Give lines, digits, or a folder with a folder per class.")


def _folder(folder: Path) -> "PictureSet":
    import hashlib

    import numpy as np

    from tapetum.errors import DataError
    from tapetum.learning import PictureSet
    from tapetum.pictures import open_picture
    from tapetum.pictures.collection import SUFFIXES

    classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if not classes:
        raise DataError(f"The folder {folder} has no folders in it. Give a folder with a folder per class.")
    files = [sorted(p for p in (folder / one).iterdir() if p.suffix.lower() in SUFFIXES) for one in classes]
    for name, found in zip(classes, files, strict=True):
        if not found:
            raise DataError(
                f"The class {name!r} of {folder} has no pictures. Add some, or remove its folder."
            )
    flat = [path for found in files for path in found]
    digest = hashlib.blake2b("\0".join(map(str, flat)).encode("utf-8", "surrogateescape"), digest_size=8)
    return PictureSet(
        name=folder.name,
        classes=tuple(classes),
        labels=np.repeat(np.arange(len(classes)), [len(found) for found in files]),
        fetch=lambda place: open_picture(flat[place]),
        fingerprint=digest.hexdigest(),
    )
