"""What kind of file lies at a path: told from its own bytes, never from its name, and never by running it."""

import stat
import zipfile
from pathlib import Path
from typing import Literal

from tapetum.errors import ModelError
from tapetum.pictures import display_name, printable

Kind = Literal["program", "torchscript", "checkpoint", "safetensors", "keras", "hdf5", "unknown"]

# The last part of a member's name, by which each kind of zip archive is known. TorchScript comes first:
# `torch.load` itself takes an archive with constants for TorchScript.
_MEMBERS: tuple[tuple[str, Kind], ...] = (
    ("constants.pkl", "torchscript"),
    ("archive_format", "program"),
    ("serialized_exported_program.json", "program"),
    ("data.pkl", "checkpoint"),
    ("config.json", "keras"),
)


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


def kind_of(path: Path) -> Kind:
    """The kind of a model file.

    Raises:
        ModelError: an archive that is damaged, or a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(9)
        if not start.startswith(b"PK"):
            return _plain(start)
        with zipfile.ZipFile(path) as archive:
            members = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
    except Exception as error:
        raise ModelError(
            f"{display_name(path)} is damaged or cannot be read ({error}). Copy or save it anew."
        ) from error
    return next((kind for member, kind in _MEMBERS if member in members), "unknown")


def _plain(start: bytes) -> Kind:
    """Told from the first bytes: safetensors has the length of a JSON header, an old checkpoint a pickle."""
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if start[8:] == b"{":
        return "safetensors"
    return "checkpoint" if start[:1] == b"\x80" else "unknown"
