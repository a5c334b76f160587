"""What a person names, as labelled pictures."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.errors import DataError
from tapetum.learning.data.corners import corners
from tapetum.learning.data.digits import digits
from tapetum.learning.data.faces import faces
from tapetum.learning.data.folder import folder
from tapetum.learning.data.hdf5 import hdf5
from tapetum.learning.data.lines import lines
from tapetum.learning.data.npz import npz
from tapetum.learning.data.picture_set import PictureSet, joined
from tapetum.pictures import display_name, printable

# For the type checker, what `open_data` takes. At run time it is anything: it looks at the value itself.
if TYPE_CHECKING:
    DataSource = str | Path | PictureSet
else:
    DataSource = object

PACKAGED: dict[str, Callable[[], PictureSet]] = {
    "lines": lines,
    "digits": digits,
    "faces": faces,
    "corners": corners,
}
"""Data that are always at hand."""
_HDF5 = (".h5", ".hdf5", ".hdf")
_NPZ = ".npz"


def open_data(
    source: DataSource,
    *,
    part: str | None = None,
    keys: Sequence[str] | None = None,
    strict: bool = False,
) -> PictureSet:
    """Labelled pictures from whatever a person names.

    Args:
        source: "lines", "digits", "faces", "corners"; a folder with a folder of pictures for each class; an
            HDF5 or .npz file with pictures and labels; or a set, which comes back as it is.
        part: "train", "validation" or "test" of a source that has parts; None for all of them together.
        keys: of the pictures and of the labels in a file; None for the usual ones.
        strict: refuse a folder with files that cannot be read, instead of leaving them out.

    Raises:
        DataError: nothing of this name, one class only, or damage; the message says what and where.

    Example:
        >>> open_data("faces")
        PictureSet('faces': 100 no face, 100 face)
    """
    parts = open_parts(source, keys=keys, strict=strict)
    if part is None:
        sets = list(parts.values())
        return sets[0] if len(sets) == 1 else joined(sets, sets[0].name.rpartition(" (")[0] or sets[0].name)
    if part not in parts:
        has = "is all one part" if "all" in parts else f"has the parts {', '.join(parts)}"
        raise DataError(f"{printable(str(source), 200)} {has}, and no {printable(part)!r}. Leave it out.")
    return parts[part]


def open_parts(
    source: DataSource, *, keys: Sequence[str] | None = None, strict: bool = False
) -> dict[str, PictureSet]:
    """The same by part: train, validation, test where the source has them, else all.

    Raises:
        DataError: nothing of this name, one class only, or damage.
    """
    if isinstance(source, PictureSet):
        return {"all": source}
    if isinstance(source, str) and source in PACKAGED:
        return {"all": PACKAGED[source]()}
    path = _path(source)
    suffix = path.suffix.lower()
    if keys is not None and suffix not in (*_HDF5, _NPZ):
        raise DataError(
            f"Keys belong to an HDF5 or .npz file, and {display_name(path)} is none. Leave them out."
        )
    if path.is_dir():
        return folder(path, strict=strict)
    if suffix in _HDF5:
        return hdf5(path, keys)
    if suffix == _NPZ:
        return npz(path, keys)
    if not os.path.lexists(path):
        raise DataError(
            f"There are no data {printable(str(source), 200)!r}. Give {', '.join(PACKAGED)}, a folder with a "
            "folder for each class, an .h5 or an .npz file."
        )
    raise DataError(
        f"{display_name(path)} is no folder and ends in neither {', '.join(_HDF5)} nor {_NPZ}. "
        "Give a folder with a folder for each class, an .h5 or an .npz file."
    )


def _path(source: Any) -> Path:
    if not isinstance(source, str | Path):
        raise DataError(
            f"Data cannot be opened from {type(source).__name__}. Give a name, a path or a PictureSet; "
            "arrays become one with tapetum.learning.arrays."
        )
    if "\0" in str(source):
        raise DataError("The path of the data holds a NUL character. Check where it comes from.")
    return Path(source)
