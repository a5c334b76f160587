"""How sheets are written."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from tapetum.pictures import check_place, png_bytes, write_atomically


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
