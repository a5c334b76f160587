"""The drawing of an evidence path: a tree from the verdict down to patches of the picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tapetum.pictures import DIM, GROUND, INK, LINE, NEGATIVE, POSITIVE, overlay, signed
from tapetum.pictures.captions import cut, drawable
from tapetum.results.receptive_field import PixelBox, glowing

if TYPE_CHECKING:
    from tapetum.results.evidence import Evidence, EvidenceUnit, Split

_SCALE = 2
_MARGIN, _LABEL, _LANE, _TILE, _GAP = 32, 116, 316, 96, 10
_TOP, _ROW, _LAST = 176, 172, 128
_CONTEXT = 64
"""Pixels of the input that a patch shows at least, so that one sees where it is."""

Colour = tuple[int, int, int]
Number = int | float
Point = tuple[Number, Number]


@dataclass(frozen=True)
class _Pen:
    """Draws in units that are independent of the resolution."""

    image: Image.Image

    def text(self, at: Point, words: str, size: int, colour: Colour, width: Number) -> None:
        """One line from this point, cut to a width."""
        font = ImageFont.load_default(size * _SCALE)
        shown = cut(drawable(words), int(width * _SCALE), font)
        ImageDraw.Draw(self.image).text((at[0] * _SCALE, at[1] * _SCALE), shown, colour, font)

    def line(self, points: list[Point], colour: Colour, width: Number) -> None:
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        ImageDraw.Draw(self.image).line(scaled, colour, max(1, round(width * _SCALE)), joint="curve")

    def frame(self, at: Point, size: Point, line: Number) -> None:
        x, y = at
        box = (x * _SCALE, y * _SCALE, (x + size[0]) * _SCALE - 1, (y + size[1]) * _SCALE - 1)
        ImageDraw.Draw(self.image).rectangle(box, outline=INK, width=max(1, round(line * _SCALE)))

    def tile(self, x: Number, y: Number, picture: Image.Image, side: Number, *, sharp: bool) -> Point:
        """A picture in a square, in its own proportions, with round corners; gives how large it became."""
        shrink = side / max(picture.size)
        width, height = (max(1, round(length * shrink * _SCALE)) for length in picture.size)
        way = Image.Resampling.NEAREST if sharp else Image.Resampling.BICUBIC
        mask = Image.new("L", (width, height), 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), 6 * _SCALE, fill=255)
        self.image.paste(picture.resize((width, height), way), (round(x * _SCALE), round(y * _SCALE)), mask)
        return width / _SCALE, height / _SCALE


def tree(found: "Evidence") -> Image.Image:
    """The verdict on top, one lane for each kept unit of the last layer, one row for each layer."""
    lanes = found.lanes()
    depth = max((len(lane) for lane in lanes), default=0)
    width = 2 * _MARGIN + _LABEL + max(2, len(lanes)) * _LANE
    height = _TOP + max(0, depth - 1) * _ROW + _LAST
    pen = _Pen(Image.new("RGB", (width * _SCALE, height * _SCALE), GROUND))
    _verdict(pen, found)
    for row in range(depth):
        y = _TOP + row * _ROW
        unit = next(lane[row] for lane in lanes if len(lane) > row)
        if row:
            pen.line([(_MARGIN, y - 18), (width - _MARGIN, y - 18)], LINE, 1)
        pen.text((_MARGIN, y + 2), unit.title, 16, INK, _LABEL - 12)
        pen.text((_MARGIN, y + 24), unit.unit.layer, 11, DIM, _LABEL - 12)
        pen.text(
            (_MARGIN, y + 40), f"{unit.map.shape[0]} x {unit.map.shape[1]} positions", 11, DIM, _LABEL - 12
        )
    for column, lane in enumerate(lanes):
        x = _MARGIN + _LABEL + column * _LANE
        for row, unit in enumerate(lane):
            before = found.root if row == 0 else lane[row - 1].split
            assert before is not None
            _unit(pen, found, before, unit, (x, _TOP + row * _ROW))
    return pen.image


def _verdict(pen: _Pen, found: "Evidence") -> None:
    """The picture, what it is taken for, and how much the strongest channels explain."""
    x = _MARGIN + _LABEL
    if found.seen is not None:
        pen.tile(_MARGIN, 28, found.seen.convert("RGB"), _LABEL - 20, sharp=False)
    pen.text((x, 26), found.target.label, 26, INK, 2 * _LANE)
    pen.text((x, 62), f"score {found.score:+.4g}   {found.network}   {found.picture}", 13, DIM, 2 * _LANE)
    room = max(2, len(found.root.kept)) * _LANE
    for number, words in enumerate(_in_two(found.root.sentence())):
        pen.text((x, 88 + 20 * number), words, 14, INK if not number else DIM, room)
    top, bottom = 138, _TOP - 14
    for column, unit in enumerate(found.root.kept):
        down = _MARGIN + _LABEL + column * _LANE + _TILE / 2
        start = _MARGIN + _LABEL + _TILE / 2
        pen.line(
            [(start, top), (down, top), (down, bottom)],
            _colour(unit.contribution),
            _thickness(unit, found.root),
        )


def _unit(pen: _Pen, found: "Evidence", before: "Split", unit: "EvidenceUnit", at: Point) -> None:
    """A unit's map with its position, its patch, its numbers, and what it is made of."""
    x, y = at
    limit = float(np.abs(unit.map).max())
    size = pen.tile(x, y, Image.fromarray(signed(unit.map.astype(float), limit)), _TILE, sharp=True)
    rows, columns = unit.map.shape
    if unit.unit.row is not None and unit.unit.column is not None:
        side = max(7.0, size[0] / columns)
        middle = ((unit.unit.column + 0.5) * size[0] / columns, (unit.unit.row + 0.5) * size[1] / rows)
        left, top = (min(max(m - side / 2, 0), most - side) for m, most in zip(middle, size, strict=True))
        pen.frame((x + left, y + top), (side, side), 1.5)
    _patch(pen, found, unit, x + _TILE + _GAP, y)
    words = x + 2 * (_TILE + _GAP) + 2
    room = _LANE - 2 * (_TILE + _GAP) - 14
    pen.text((words, y), f"channel {unit.unit.channel}", 14, INK, room)
    pen.text((words, y + 19), f"at {unit.unit.row},{unit.unit.column}", 12, DIM, room)
    pen.text((words, y + 38), f"= {unit.value:.3g}", 14, _colour(unit.value), room)
    share = f" ({unit.contribution / before.value:.0%})".replace("%", " %") if before.value else ""
    pen.text((words, y + 60), f"gives {unit.contribution:+.3g}", 12, INK, room)
    pen.text((words, y + 76), f"of {before.value:+.3g}{share}", 12, DIM, room)
    if unit.split is None:
        return
    split = unit.split
    below = y + _TILE + 8
    for number, line in enumerate(_made_of(split)):
        pen.text((x + 14, below + 16 * number), line, 12, DIM, _LANE - 30)
    thickness = _thickness(split.kept[0], split) if split.kept else 1.0
    pen.line([(x + 4, below), (x + 4, y + _ROW - 6)], _colour(unit.value), thickness)


def _made_of(split: "Split") -> list[str]:
    """What the kept channels of the layer below explain, and those that are not followed."""
    share = f"{split.share:.0%}".replace("%", " %")
    first = f"{len(split.kept)} of {split.channels} channels below give {share}"
    others = [f"{unit.unit.channel} ({unit.contribution:+.2g})" for unit in split.kept if not unit.followed]
    return [first, "also channel " + ", ".join(others)] if others else [first]


def _patch(pen: _Pen, found: "Evidence", unit: "EvidenceUnit", x: Number, y: Number) -> None:
    """The part of the picture around a unit's field, lit by what moves the unit."""
    rows, columns = found.size
    glow = np.zeros((rows, columns)) if unit.glow is None else glowing(unit.glow)
    pixels = np.full((rows, columns, 3), 96, np.uint8)
    if found.seen is not None:
        pixels = np.asarray(found.seen.convert("RGB"))
    lit = Image.fromarray(overlay(pixels, glow, 1.0 if glow.any() else 0.0))
    lit = Image.blend(Image.fromarray(pixels), lit, 0.55)  # a patch of few pixels must stay readable
    window = around(unit.box, rows, columns)
    shown = lit.crop((window.left, window.top, window.right, window.bottom))
    size = pen.tile(x, y, shown, _TILE, sharp=False)
    if unit.box.size == window.size:
        return
    tall, wide = size[1] / window.size[0], size[0] / window.size[1]
    corner = (x + (unit.box.left - window.left) * wide, y + (unit.box.top - window.top) * tall)
    pen.frame(corner, (unit.box.size[1] * wide, unit.box.size[0] * tall), 1.2)


def around(box: PixelBox, rows: int, columns: int) -> PixelBox:
    """A square with the box in the middle, large enough to see where it is, inside the picture if it fits."""
    side = min(max(*box.size, _CONTEXT), max(rows, columns))
    top = min(max(0, (box.top + box.bottom - side) // 2), max(0, rows - side))
    left = min(max(0, (box.left + box.right - side) // 2), max(0, columns - side))
    return PixelBox(top, left, top + side, left + side).within(rows, columns)


def _in_two(sentence: str) -> tuple[str, str]:
    """A sentence cut at its semicolon."""
    first, _, second = sentence.partition("; ")
    return first + ("," if second else ""), second


def _thickness(unit: "EvidenceUnit", split: "Split") -> float:
    share = abs(unit.contribution / split.value) if split.value else 0.0
    return 1.0 + 5.0 * min(1.0, share)


def _colour(value: float) -> Colour:
    return POSITIVE if value > 0 else NEGATIVE if value < 0 else DIM
