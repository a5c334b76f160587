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
    from tapetum.pictures.collection import is_folder

    found: list[str] = []
    for name in names:
        if not name.strip():
            raise PictureError("One of the pictures has no name. Name a file, a folder or sample:NAME.")
        found += _inside(Path(name)) if is_folder(name) else [name]
    return [open_picture(name) for name in found] if len(found) <= _OPENED_FIRST else list(found)


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
