"""Many small tiles as one PNG of 8 bits, as the page cuts them out again (`Sprite` in `web/src/data.ts`)."""

import base64
import io
import math
from typing import Any

import numpy as np
from PIL import Image

_MIDDLE = 128


def shrunk(rows: int, columns: int, side: int) -> tuple[int, int]:
    """Rows and columns of a map whose longer side is at most so long."""
    factor = min(1.0, side / max(rows, columns))
    return max(1, round(rows * factor)), max(1, round(columns * factor))


def signed_levels(values: np.ndarray, scales: np.ndarray | float) -> np.ndarray:
    """Levels of 8 bits: 128 is zero, and 128 ± 127 the scale."""
    shares = values / np.where(np.asarray(scales) > 0, scales, 1.0)
    return (_MIDDLE + np.rint(127 * shares)).astype(np.uint8)


def colour_levels(values: np.ndarray, full: float) -> np.ndarray:
    """Levels of a colour channel: grey is zero, and what lies beyond full strength is cut."""
    return np.rint(127.5 + 127.5 * np.clip(values / (full or 1.0), -1, 1)).astype(np.uint8)


def tiled(tiles: np.ndarray) -> np.ndarray:
    """Tiles of (count, rows, columns) or (count, rows, columns, 3) side by side, about as many as below."""
    count, rows, columns = tiles.shape[:3]
    across = tiles_across(count)
    down = math.ceil(count / across)
    padded = np.full((down * across, *tiles.shape[1:]), _MIDDLE, np.uint8)
    padded[:count] = tiles
    grid = padded.reshape(down, across, rows, columns, *tiles.shape[3:]).swapaxes(1, 2)
    return grid.reshape(down * rows, across * columns, *tiles.shape[3:])


def tiles_across(count: int) -> int:
    """How many of so many tiles stand in a row."""
    return math.ceil(math.sqrt(count))


def sprite(tiles: np.ndarray) -> dict[str, Any]:
    """Tiles side by side as one PNG, and how to cut them out again."""
    count, rows, columns = tiles.shape[:3]
    held = io.BytesIO()
    Image.fromarray(tiled(tiles)).save(held, "PNG", optimize=True)
    data = base64.b64encode(held.getvalue()).decode()
    return {
        "across": tiles_across(count),
        "rows": rows,
        "columns": columns,
        "image": f"data:image/png;base64,{data}",
    }
