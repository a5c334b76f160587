"""Write files so that nothing half-written is ever visible under its final name."""

import errno
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from tapetum.errors import OutputError
from tapetum.pictures.names import printable

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_REASONS = {
    errno.ENOENT: "its folder does not exist. Make the folder first, or choose another.",
    errno.ENOTDIR: "a part of the path is a file, not a folder. Choose another path.",
    errno.EACCES: "there is no permission to write in this folder. Choose a folder of your own.",
    errno.EPERM: "there is no permission to write in this folder. Choose a folder of your own.",
    errno.EROFS: "the disk is read-only. Choose a folder on another disk.",
    errno.ENOSPC: "the disk is full. Free some space, or choose another disk.",
    errno.EDQUOT: "your share of the disk is used up. Free some space, or choose another disk.",
    errno.EFBIG: "the file would be larger than allowed here. Choose another disk, or write less.",
    errno.ENAMETOOLONG: "its name is too long. Choose a shorter name.",
    errno.ELOOP: "it is a symbolic link that leads back to itself. Choose another path.",
    errno.EISDIR: "it is a folder. Choose a file name inside it.",
}


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write a file whole or not at all.

    The bytes go to a temporary name in the same folder, reach the disk, and take the final name in
    one step; an error or Ctrl-C before that leaves the old file, if any, as it was. A new file has
    the permissions of the process's umask. A symbolic link stays one: the file it leads to is replaced.

    Raises:
        OutputError: no such folder, no permission, the path is a folder or a device, or a full disk.
    """
    shown = printable(str(path), 200)
    if "\0" in str(path):
        raise OutputError(f"{shown} cannot be written: the name holds a NUL character. Choose another name.")
    try:
        final = Path(os.path.realpath(path))
    except UnicodeEncodeError as error:
        raise OutputError(
            f"{shown} cannot be written: this system's encoding lacks a character of the name. "
            "Choose another name."
        ) from error
    # Replacing by name would remove a device like /dev/null, or a pipe, instead of writing into it.
    if os.path.lexists(final) and not final.is_file():
        what = "it is a folder" if final.is_dir() else "it is not an ordinary file"
        raise OutputError(f"{shown} cannot be written: {what}. Choose a file name.")
    try:
        _replace(final, data)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, f"{error.strerror}. Choose another place.")
        raise OutputError(f"{shown} cannot be written: {reason}") from error


def check_place(path: Path, what: str, suffixes: Sequence[str]) -> None:
    """Refuse a place where a result cannot be written, before any work is done for it.

    Args:
        path: the place.
        what: what is not written otherwise, as the beginning of a sentence: "A journey is".
        suffixes: those that name a way of writing; the first stands for the others in examples.

    Raises:
        OutputError: a folder, a folder that is not there, or another suffix.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder. Name a file in it, such as {path / f'tapetum{suffixes[0]}'}.")
    if path.suffix.lower() not in suffixes:
        named = repr(path.suffix) if path.suffix else "a file without suffix"
        listed = " or ".join(filter(None, [", ".join(suffixes[:-1]), suffixes[-1]]))
        raise OutputError(f"{what} not written as {named}. Give a name that ends in {listed}.")
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder {path.parent}. Create it first, or name another.")


def png_bytes(array: UInt8[np.ndarray, "rows columns *channels"]) -> bytes:
    """A PNG file, as bytes, of a grey (rows × columns), RGB or RGBA array.

    Example:
        >>> png_bytes(np.zeros((2, 2, 3), np.uint8))[:4]
        b'\\x89PNG'
    """
    encoded = BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(encoded, format="PNG")
    return encoded.getvalue()


def _replace(final: Path, data: bytes) -> None:
    # The name does not grow with the final one, which may already be as long as the system allows.
    temporary = final.with_name(f".tapetum-{secrets.token_hex(8)}.tmp")
    try:
        with open(os.open(temporary, _FLAGS, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, final)
    finally:
        with suppress(OSError):
            temporary.unlink()
