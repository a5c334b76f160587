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


def sprite(tiles: np.ndarray) -> dict[str, Any]:
    """Tiles of (count, rows, columns) or (count, rows, columns, 3) side by side as one PNG."""
    count, rows, columns = tiles.shape[:3]
    across = math.ceil(math.sqrt(count))
    down = math.ceil(count / across)
    padded = np.full((down * across, *tiles.shape[1:]), _MIDDLE, np.uint8)
    padded[:count] = tiles
    grid = padded.reshape(down, across, rows, columns, *tiles.shape[3:]).swapaxes(1, 2)
    held = io.BytesIO()
    sheet = grid.reshape(down * rows, across * columns, *tiles.shape[3:])
    Image.fromarray(sheet).save(held, "PNG", optimize=True)
    data = base64.b64encode(held.getvalue()).decode()
    return {
        "across": across,
        "rows": rows,
        "columns": columns,
        "image": f"data:image/png;base64,{data}",
    }
