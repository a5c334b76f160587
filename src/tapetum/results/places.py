"""Where a result may be written, and how sheets are."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from tapetum.errors import OutputError
from tapetum.pictures import png_bytes, write_atomically


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
        listed = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise OutputError(f"{what} not written as {named}. Give a name that ends in {listed}.")
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder {path.parent}. Create it first, or name another.")


def save_sheet(
    path: Path,
    what: str,
    pixels: Callable[[], UInt8[np.ndarray, "height width 3"]],
    arrays: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> None:
    """Write a drawing (.png), or arrays with the facts about them as text (.npz).

    Raises:
        OutputError: another suffix, or a place that cannot be written.
    """
    check_place(path, what, (".png", ".npz"))
    if path.suffix.lower() == ".png":
        write_atomically(path, png_bytes(pixels()))
        return
    held = io.BytesIO()
    np.savez_compressed(held, **{**{key: np.asarray(str(value)) for key, value in facts.items()}, **arrays})
    write_atomically(path, held.getvalue())
