"""What a person names on the command line: pictures, folders, the report's place."""

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
        found += _inside(Path(name)) if _is_folder(name) else [name]
    return [open_picture(name) for name in found] if len(found) <= _OPENED_FIRST else list(found)


def report_place(output: Path | None, json: bool) -> Path | None:
    """Where the report goes, checked before any work is done.

    Raises:
        OutputError: no report can be written there.
    """
    if output is None:
        return None if json else Path("tapetum-report.html")
    if output.is_dir():
        raise OutputError(f"{output} is a folder. Name a file in it, such as {output / 'report.html'}.")
    if not output.parent.is_dir():
        raise OutputError(f"There is no folder {output.parent}. Create it first, or name another.")
    if output.suffix.lower() not in (".html", ".htm"):
        raise OutputError(
            f"The report is an HTML page, not {output.suffix or 'a file without suffix'!r}. Use .html."
        )
    return output


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
