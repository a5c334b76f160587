"""Which files are read at all."""

import stat
from pathlib import Path

from tapetum.errors import ModelError
from tapetum.pictures import printable


def regular_file(path: Path, what: str) -> None:
    """Refuse what is not an ordinary file: reading a pipe would wait forever.

    Raises:
        ModelError: there is none, or it is something else.
    """
    shown = printable(str(path), 200)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelError(f"There is no {what} {shown} ({reason}). Check the path.") from error
    if not stat.S_ISREG(mode):
        raise ModelError(f"{shown} is no ordinary file. Give the path of a {what}.")
