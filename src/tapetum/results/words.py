"""Where the evidence of a map lies, as a box and as a sentence."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from tapetum.pictures import resize_map

_GRID = 28
_SHARE = 0.8
_WIDE = 0.7
"""Share of the picture from which on a box says nothing about a place."""


@dataclass(frozen=True)
class Box:
    """A rectangle in fractions of the picture, 0..1."""

    top: float
    left: float
    bottom: float
    right: float

    @property
    def area(self) -> float:
        return (self.bottom - self.top) * (self.right - self.left)


def evidence_box(values: Float[np.ndarray, "rows columns"], share: float = _SHARE) -> Box | None:
    """The smallest box that holds `share` of the positive evidence; None where there is none.

    Boxes lie on a grid of at most 28 by 28 cells. Coarser maps are enlarged smoothly first, as when drawn.
    """
    cells = np.maximum(_on_grid(np.maximum(values, 0)), 0).astype(np.float64)
    found = smallest_box(cells, share)
    if found is None:
        return None
    (top, left, bottom, right), (rows, columns) = found, cells.shape
    return Box(top / rows, left / columns, bottom / rows, right / columns)


def smallest_box(mass: Float[np.ndarray, "rows columns"], share: float) -> tuple[int, int, int, int] | None:
    """Top, left, bottom and right of the smallest box with this share of the mass, ends not included.

    Every box that could be the smallest is tried, through sums over corners. None where there is no mass;
    the mass must not be negative.
    """
    total = mass.sum()
    if not total > 0:
        return None
    rows, columns = mass.shape
    corners = np.zeros((rows + 1, columns + 1))
    corners[1:, 1:] = mass.cumsum(0).cumsum(1)
    wanted = share * total
    down = corners[:, -1]
    # No box is narrower than the narrowest that is as high as the whole picture.
    narrowest, _ = _narrowest(corners[-1], wanted - 1e-9 * total)
    best: tuple[int, tuple[int, int, int, int]] | None = None
    for top in range(rows):
        start = max(top + 1, int(np.searchsorted(down, down[top] + wanted - 1e-9 * total)))
        for bottom in range(start, rows + 1):
            if best is not None and (bottom - top) * narrowest >= best[0]:
                break
            band = corners[bottom] - corners[top]
            if band[-1] < wanted:
                continue
            width, left = _narrowest(band, wanted - 1e-12 * total)
            if best is None or width * (bottom - top) < best[0]:
                best = (width * (bottom - top), (top, left, bottom, left + width))
    assert best is not None
    return best[1]


def _narrowest(band: Float[np.ndarray, " edges"], wanted: float) -> tuple[int, int]:
    """Width and left edge of the narrowest stretch of a band, given by its sums up to each edge."""
    count = len(band) - 1
    right = np.searchsorted(band, band[:-1] + wanted)
    widths = np.where(right <= count, right - np.arange(count), count + 1)
    left = int(widths.argmin())
    return int(widths[left]), left


def percent(share: float, digits: int = 0) -> str:
    """A share in percent.

    Example:
        >>> percent(0.5), percent(0.123, 1)
        ('50 %', '12.3 %')
    """
    return f"{100 * share:.{digits}f} %"


def where(box: Box) -> str:
    """The place of a box in words: 'in the upper left', 'in the centre', 'on the right'."""
    row, column = (box.top + box.bottom) / 2, (box.left + box.right) / 2
    vertical = "upper" if row < 0.4 else "lower" if row > 0.6 else ""
    horizontal = "left" if column < 0.4 else "right" if column > 0.6 else ""
    if vertical and horizontal:
        return f"in the {vertical} {horizontal}"
    if vertical:
        return f"in the {vertical} middle"
    if horizontal:
        return f"on the {horizontal}"
    return "in the centre"


def sentence(values: Float[np.ndarray, "rows columns"], *, sensitivity: bool, layer: str | None) -> str:
    """One sentence about where a map's positive part lies, for people who know its target."""
    place = f" at {layer}" if layer else ""
    if not np.any(values):
        return f"No evidence at all: the map{place} is zero everywhere."
    if not np.any(values > 0):
        return f"No positive evidence for this class{place}: everything speaks against it."
    box = evidence_box(values)
    assert box is not None
    what = "sensitivity" if sensitivity else "positive evidence"
    held = f"{_SHARE:.0%} of the {what}"
    if box.area > _WIDE:
        text = f"{held} is spread over {box.area:.0%} of the picture"
    else:
        text = f"{held} lies in {box.area:.0%} of the picture, {where(box)}"
    against = float(-values[values < 0].sum() / np.abs(values).sum())
    if against >= 0.005:
        text += f"; {against:.0%} of all evidence speaks against it"
    return text.replace("%", " %") + "."


def _on_grid(values: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "grid_rows grid_columns"]:
    rows, columns = values.shape
    longest = max(rows, columns)
    if longest > _GRID:
        tall, wide = max(1, round(_GRID * rows / longest)), max(1, round(_GRID * columns / longest))
        row_edges = np.linspace(0, rows, tall + 1).round().astype(int)
        column_edges = np.linspace(0, columns, wide + 1).round().astype(int)
        sums = np.add.reduceat(np.add.reduceat(values, row_edges[:-1], 0), column_edges[:-1], 1)
        return np.asarray(sums, dtype=np.float32)
    factor = _GRID // longest
    return resize_map(values.astype(np.float32), rows * factor, columns * factor) if factor > 1 else values
