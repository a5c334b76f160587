"""What a person names on the command line: pictures, and folders of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tapetum.errors import OutputError, PictureError

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
_OPENED_FIRST = 16
"""So many pictures are opened before the network is loaded, to say at once what is wrong with one."""


def opened(names: Sequence[str]) -> list[Any]:
    """The pictures that these names mean; a folder means the pictures in it, by name.

    Raises:
        PictureError: nothing there, or a picture that cannot be read.
    """
    from tapetum.pictures import open_picture

    found: list[str] = []
    for name in names:
        if not name.strip():
            raise PictureError("One of the pictures has no name. Name a file, a folder or sample:NAME.")
        found += _inside(Path(name)) if _is_folder(name) else [name]
    return [open_picture(name) for name in found] if len(found) <= _OPENED_FIRST else list(found)


def opened_one(name: str) -> Any:
    """The one picture that this name means.

    Raises:
        PictureError: nothing there, several, or a picture that cannot be read.
    """
    found = opened([name])
    if len(found) != 1:
        raise PictureError(f"There are {len(found)} pictures in {name}. Name one of them.")
    return found[0]


def check_output(place: Path, suffixes: Sequence[str]) -> None:
    """Refuse a place where the result cannot be written, before any work is done for it.

    Raises:
        OutputError: a folder, a folder that is not there, or another suffix.
    """
    if place.is_dir():
        raise OutputError(f"{place} is a folder. Name a file in it.")
    if place.suffix.lower() not in suffixes:
        named = repr(place.suffix) if place.suffix else "a file without suffix"
        raise OutputError(
            f"The result is not written as {named}. Give a name that ends in {' or '.join(suffixes)}."
        )
    if not place.parent.is_dir():
        raise OutputError(f"There is no folder {place.parent}. Create it first, or name another.")


def _is_folder(name: str) -> bool:
    try:
        return not name.startswith("sample:") and Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _inside(folder: Path) -> list[str]:
    found = sorted(
        str(path) for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file()
    )
    if not found:
        raise PictureError(
            f"There is no picture in the folder {folder}. Pictures end in {', '.join(sorted(_SUFFIXES))}."
        )
    return found
