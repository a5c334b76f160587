"""What a person names on the command line: pictures, and folders of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tapetum.errors import PictureError

_OPENED_FIRST = 16
"""So many pictures are opened before the network is loaded, to say at once what is wrong with one."""


def opened(names: Sequence[str]) -> list[Any]:
    """The pictures that these names mean; a folder means the pictures in it, by name.

    Raises:
        PictureError: nothing there, or a picture that cannot be read.
    """
    from tapetum.pictures import open_picture

    found, _ = named(names)
    return [open_picture(name) for name in found] if len(found) <= _OPENED_FIRST else found


def named(names: Sequence[str]) -> tuple[list[Any], set[int]]:
    """The pictures that these names mean, and the places of those that stand in a folder.

    The first that are named themselves are opened, to say at once what is wrong with one.

    Raises:
        PictureError: nothing there, or one of the first pictures cannot be read.
    """
    from tapetum.pictures import open_picture
    from tapetum.pictures.collection import is_folder

    found: list[Any] = []
    inside: set[int] = set()
    for name in names:
        if not name.strip():
            raise PictureError("One of the pictures has no name. Name a file, a folder or sample:NAME.")
        if is_folder(name):
            files = _inside(Path(name))
            inside.update(range(len(found), len(found) + len(files)))
            found += files
        else:
            found.append(open_picture(name) if len(found) < _OPENED_FIRST else name)
    return found, inside


def opened_one(name: str) -> Any:
    """The picture that this name means.

    Raises:
        PictureError: nothing there, a folder of several, or a picture that cannot be read.
    """
    found = opened([name])
    if len(found) > 1:
        raise PictureError(f"The folder {name} holds {len(found)} pictures. Name one of them.")
    return found[0]


def _inside(folder: Path) -> list[str]:
    from tapetum.pictures.collection import SUFFIXES

    found = sorted(
        str(path) for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    if not found:
        raise PictureError(
            f"There is no picture in the folder {folder}. Pictures end in {', '.join(sorted(SUFFIXES))}."
        )
    return found
