"""The part of the picture that one position of a layer can see."""

from torch import fx

from tapetum.network.axes import Axis
from tapetum.network.geometry import extents
from tapetum.network.layers import Layer
from tapetum.results import PixelBox

Stretch = tuple[int, int]


def field(
    graph: fx.Graph, layer: Layer, picture: tuple[int, int], row: int | None, column: int | None
) -> tuple[PixelBox, PixelBox]:
    """What the windows of the layers before reach from a position, and what of it lies on the picture.

    Without a position, or where an axis cannot be followed, that is the whole picture.
    """
    seen = extents(graph, *picture)[layer.node]
    rows, columns = (
        _stretches(
            axis if axis is not None and place is not None and place < len(axis.lo) else None, place, size
        )
        for axis, place, size in zip(seen.axes, (row, column), picture, strict=True)
    )
    reach = PixelBox(rows[0][0], columns[0][0], rows[0][1], columns[0][1])
    box = PixelBox(rows[1][0], columns[1][0], rows[1][1], columns[1][1])
    return reach, PixelBox(0, 0, 0, 0) if 0 in box.size else box


def _stretches(axis: Axis | None, place: int | None, size: int) -> tuple[Stretch, Stretch]:
    """Along one axis: what the windows reach, and what of that is there; ends not included."""
    if axis is None or place is None:
        return (0, size), (0, size)
    low, high = int(axis.lo[place]), int(axis.hi[place])
    there = (low, high + 1) if low <= high else (0, 0)
    if axis.line is None:
        return there, there
    step, first, last = axis.line
    reach = (step * place + first, step * place + last + 1)
    # Inside the picture both are the same, but for what padding by reflection shows.
    return (reach if reach[0] < 0 or reach[1] > size else there), there
