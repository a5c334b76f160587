"""Several grids of numbers on one dark sheet, in rows, each with its title."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from PIL import Image, ImageDraw

from tapetum.pictures.captions import cut, drawable
from tapetum.pictures.colour import DIM, GROUND, INK, full_strength
from tapetum.pictures.number_grid import draw_numbers, font_of

_MARGIN, _BETWEEN = 20, 24
_HEADING, _TITLE = 18, 15


@dataclass(frozen=True)
class NumberPanel:
    """A grid of numbers with a title above it and a dimmer note below.

    `scale` is the |number| in full colour; the panels of a row that have none share one.
    """

    title: str
    values: Float64[np.ndarray, "rows columns"]
    note: str = ""
    scale: float | None = None


@dataclass(frozen=True)
class NumberRow:
    """Grids beside each other, with a heading above them."""

    heading: str
    panels: Sequence[NumberPanel]


def number_sheet(rows: Sequence[NumberRow], *, side: int = 160) -> Image.Image:
    """Rows of grids, every grid `side` pixels wide at most, numbers in squares of their signed colour.

    Example:
        >>> number_sheet([NumberRow("kernels", [NumberPanel("edge", np.array([[1.0, -1.0]]))])]).size
        (200, 174)
    """
    across = max(len(row.panels) for row in rows)
    width = 2 * _MARGIN + across * side + (across - 1) * _BETWEEN
    heights = [_height(row, side) for row in rows]
    sheet = Image.new("RGB", (width, 2 * _MARGIN + sum(heights) + (len(rows) - 1) * _BETWEEN), GROUND)
    draw, top = ImageDraw.Draw(sheet), _MARGIN
    for row, height in zip(rows, heights, strict=True):
        _draw_row(draw, row, top, side, width)
        top += height + _BETWEEN
    return sheet


def _height(row: NumberRow, side: int) -> int:
    words = (30 if row.heading else 0) + 24 + (24 if any(panel.note for panel in row.panels) else 0)
    return words + max(_cell(panel, side) * len(panel.values) for panel in row.panels)


def _cell(panel: NumberPanel, side: int) -> int:
    """A square that both sides of the grid fit into, where there are more rows than columns too."""
    longer: int = max(panel.values.shape)
    return side // longer


def _draw_row(draw: ImageDraw.ImageDraw, row: NumberRow, top: int, side: int, width: int) -> None:
    if row.heading:
        font = font_of(_HEADING)
        draw.text((_MARGIN, top), cut(drawable(row.heading), width - 2 * _MARGIN, font), INK, font)
        top += 30
    font = font_of(_TITLE)
    shared = [panel.values.ravel() for panel in row.panels if panel.scale is None]
    scale = (full_strength(np.concatenate(shared)) if shared else 0.0) or 1.0
    for place, panel in enumerate(row.panels):
        left, cell = _MARGIN + place * (side + _BETWEEN), _cell(panel, side)
        draw.text((left, top), cut(drawable(panel.title), side, font), INK, font)
        draw_numbers(draw, panel.values, (left, top + 24), cell, scale=panel.scale or scale)
        below = top + 24 + cell * len(panel.values) + 4
        draw.text((left, below), cut(drawable(panel.note), side, font), DIM, font)
