"""Read a file that somebody named: a regular file of bearable size, and nothing else."""

import errno
import os
import stat
from pathlib import Path

from tapetum.errors import PictureError
from tapetum.pictures.limits import MAX_FILE_BYTES
from tapetum.pictures.names import printable

# Without O_NONBLOCK, opening a FIFO waits for a writer that may never come.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_REASONS = {
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "does not exist: a part of the path is a file, not a folder",
    errno.EACCES: "may not be read",
    errno.EPERM: "may not be read",
    errno.ELOOP: "is a symbolic link that leads back to itself",
    errno.ENAMETOOLONG: "has a name that is too long",
    errno.EISDIR: "is a folder",
    errno.ENXIO: "is a socket or a device",
}


def read_file(path: str | Path) -> bytes:
    """The bytes of a regular file; answers at once for anything else.

    Raises:
        PictureError: no such file, no permission, a folder, pipe, device or socket, a loop of
            symbolic links, a name with a NUL, or more than `MAX_FILE_BYTES`.
    """
    shown = printable(str(path), 200)
    if "\0" in str(path):
        raise PictureError(f"The file name {shown} holds a NUL character. Check where the name comes from.")
    try:
        descriptor = os.open(path, _FLAGS)
        try:
            return _read_regular(descriptor, shown)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, f"cannot be read ({error.strerror})")
        raise PictureError(f"{shown} {reason}. {_advice(str(path))}") from error
    except UnicodeEncodeError as error:
        raise PictureError(
            f"The file name {shown} cannot be written in this system's encoding. Rename the file."
        ) from error


def _read_regular(descriptor: int, shown: str) -> bytes:
    # Asked of the descriptor, not of the path: between two looks at a path the file can be exchanged.
    seen = os.fstat(descriptor)
    for is_kind, words in _KINDS:
        if is_kind(seen.st_mode):
            raise PictureError(f"{shown} is {words}, not a file. Name one picture file.")
    if seen.st_size <= MAX_FILE_BYTES:
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) <= MAX_FILE_BYTES:
            return data
    raise PictureError(
        f"{shown} is larger than {MAX_FILE_BYTES // 1024**2} MiB. "
        "Save the picture smaller, or cut out a part."
    )


def _advice(path: str) -> str:
    if "://" in path:
        return "Download the picture first and name the file: addresses are not opened."
    return "Check the name and the folder."
