"""What a file says about its arrays, checked before anything of them is read."""

import math
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tapetum.errors import DataError
from tapetum.pictures import printable

# Deflate shrinks at most 1032 : 1; what claims more than that is not there.
_RATIO = 1100
_HARMLESS = 64 * 2**20


@dataclass(frozen=True)
class Declared:
    """An array of a file: its key, shape and kind, and how many bytes of it the file holds."""

    key: str
    shape: tuple[int, ...]
    kind: np.dtype[Any]
    stored: int

    @property
    def size(self) -> int:
        """Bytes that the array has once it is read."""
        return math.prod(self.shape) * self.kind.itemsize

    def check(self, name: str) -> None:
        """Refuse a size that the file cannot hold.

        Raises:
            DataError: it declares more than the file could possibly be unpacked to.
        """
        if self.size > max(_HARMLESS, self.stored * _RATIO):
            raise DataError(
                f"{printable(self.key, 60)} of {name} declares the shape {self.shape}, {_bytes(self.size)}, "
                f"and the file holds {_bytes(self.stored)} of it. It is damaged or made to fill the memory; "
                "get it anew."
            )

    def __str__(self) -> str:
        """Key, shape and kind, as a person reads them."""
        return f"{printable(self.key, 60)} {self.shape} {self.kind}"


def data_file(path: Path) -> None:
    """Refuse what is no ordinary file.

    Raises:
        DataError: there is none, or it is something else.
    """
    shown = printable(str(path), 200)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"There is no data file {shown} ({reason}). Check the path.") from error
    if not stat.S_ISREG(mode):
        raise DataError(f"{shown} is no ordinary file. Give a folder of pictures, an .h5 or an .npz file.")


def _bytes(count: int) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count} {unit}"
        count //= 1024
    return f"{count:,} TiB"
