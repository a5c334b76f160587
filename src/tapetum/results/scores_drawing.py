"""The pictures of a classifier's scores: confusion matrix, ROC curves, accuracy over confidence."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tapetum.pictures import DIM, GROUND, INK, LINE, NEGATIVE, PANEL, POSITIVE
from tapetum.pictures.captions import cut, drawable

if TYPE_CHECKING:
    from tapetum.results.scores import Scores

_MOST = 24
"""Classes of a matrix that people can read."""
CURVES = 5
"""ROC curves in one picture, at most."""
_FINE = 2
"""Drawn so many times larger, and made small: smooth lines."""
_SIDE = 300
_WORDS = 14
"""Size of the letters."""
_COLOURS = (POSITIVE, NEGATIVE, (0xFF, 0x9F, 0x6B), (0xB9, 0xA5, 0xFF), (0xF2, 0xF5, 0xF8))

Colour = tuple[int, int, int]
Number = int | float
Point = tuple[Number, Number]
At = Callable[[Number, Number], Point]
"""Pixels of a point whose coordinates run from 0 to 1, the second upwards."""


def confusion_picture(scores: "Scores") -> Image.Image:
    """Rows are what pictures are, columns what they were called; a cell is as bright as its share of the row.

    Of more than 24 classes those are shown that take part in most mistakes.
    """
    matrix = scores.matrix()
    chosen = np.arange(len(matrix))
    if len(matrix) > _MOST:
        own = np.diag(matrix)
        wrong = matrix.sum(1) - own + matrix[:, :-1].sum(0) - own
        chosen = np.sort(np.argsort(-wrong, kind="stable")[:_MOST])
    hidden = matrix[chosen].sum(1) - matrix[np.ix_(chosen, chosen)].sum(1)
    shown = np.column_stack([matrix[np.ix_(chosen, chosen)], hidden])
    names = [scores.classes[place].label for place in chosen]
    columns = [*names, "others"] if hidden.any() else names
    cell = 84 if len(chosen) <= 4 else 56 if len(chosen) <= 10 else 34
    return _matrix(shown[:, : len(columns)], matrix[chosen].sum(1), names, columns, cell)


def roc_picture(scores: "Scores") -> Image.Image | None:
    """ROC curves: of two classes that of the positive one, of more those with the smallest areas."""
    classes = [scores.positive] if scores.positive else scores.classes
    curves = sorted(
        ((one.label, one.roc) for one in classes if one.roc is not None), key=lambda curve: curve[1].area
    )[:CURVES]
    if not curves:
        return None
    image, draw, at = _square(
        "false positives, share of all negatives", "true positives, share of all positives"
    )
    names = []
    for (label, curve), colour in zip(reversed(curves), reversed(_COLOURS[: len(curves)]), strict=True):
        points = [at(x, y) for x, y in zip(curve.false_positives, curve.true_positives, strict=True)]
        draw.line(points, colour, 3 * _FINE, joint="curve")
        names.append((f"{label}  {curve.area:.3f}", colour))
    _legend(draw, at(0.42, 0.06), [*names[::-1]])
    return _small(image)


def reliability_picture(scores: "Scores") -> Image.Image:
    """How often the network is right (bars) where it is so sure (across), and how often that is (below)."""
    image, draw, at = _square(
        "probability of the class it names", "share of pictures it is right about", above=58, below=104
    )
    most = max(one.pictures for one in scores.bins)
    for one in scores.bins:
        if one.accuracy is None or one.confidence is None:
            continue
        left, right = at(one.low, 0)[0] + _FINE, at(one.high, 0)[0] - _FINE
        top, expected, foot = at(0, one.accuracy)[1], at(0, one.confidence)[1], at(0, 0)[1]
        draw.rectangle((left, top, right, foot), _mixed(POSITIVE, GROUND, 0.35))
        if abs(top - expected) >= 1:
            draw.rectangle(
                (left, min(top, expected), right, max(top, expected)), _mixed(NEGATIVE, GROUND, 0.45)
            )
        draw.rectangle((left, top - _FINE, right, top + _FINE), POSITIVE)
        tall = max(_FINE, round(34 * _FINE * one.pictures / most))
        draw.rectangle((left, foot + 74 * _FINE - tall, right, foot + 74 * _FINE), DIM)
    draw.text((at(0, 0)[0], at(0, 0)[1] + 78 * _FINE), "pictures per bin", DIM, _font(_WORDS))
    _legend(
        draw,
        at(0.0, 1.04),
        [
            (f"expected calibration error {scores.calibration_error:.3f}", NEGATIVE),
            ("how often it is right", POSITIVE),
        ],
    )
    return _small(image)


def _matrix(
    counts: np.ndarray, totals: np.ndarray, rows: Sequence[str], columns: Sequence[str], cell: int
) -> Image.Image:
    size, font = cell * _FINE, _font(_WORDS)
    room = int(
        min(190 * _FINE, max(font.getlength(drawable(name)) for name in [*rows, *columns]) + 16 * _FINE)
    )
    upright = max(font.getlength(drawable(name)) for name in columns) > size - 6 * _FINE
    head = room if upright else 30 * _FINE
    margin, title = 16 * _FINE, 28 * _FINE
    left, top = margin + title + room, margin + title + head
    width, height = left + size * len(columns) + margin, top + size * len(rows) + margin
    image = Image.new("RGB", (width, height), GROUND)
    draw = ImageDraw.Draw(image)
    draw.text((left, margin), "what it was called", DIM, font)
    _upright(image, "what it is", (margin, top), size * len(rows), DIM)
    for column, name in enumerate(columns):
        text = cut(drawable(name), room - 12 * _FINE if upright else size - 6 * _FINE, font)
        if upright:
            _upright(
                image,
                text,
                (left + column * size + (size - 18 * _FINE) // 2, margin + title),
                head,
                INK,
            )
        else:
            draw.text((left + (column + 0.5) * size, top - 18 * _FINE), text, INK, font, anchor="mm")
    for row, name in enumerate(rows):
        middle = top + (row + 0.5) * size
        text = cut(drawable(name), room - 12 * _FINE, font)
        draw.text((left - 10 * _FINE, middle), text, INK, font, anchor="rm")
        for column in range(len(columns)):
            share = counts[row, column] / totals[row] if totals[row] else 0.0
            colour = _mixed(POSITIVE if row == column else NEGATIVE, PANEL, share**0.7)
            box = (left + column * size, top + row * size)
            end = (box[0] + size - 2 * _FINE, box[1] + size - 2 * _FINE)
            draw.rounded_rectangle((*box, *end), 4 * _FINE, colour)
            if counts[row, column]:
                ink = GROUND if share > 0.45 else INK
                centre = ((box[0] + end[0]) / 2, (box[1] + end[1]) / 2)
                draw.text(centre, str(counts[row, column]), ink, _font(20 if cell > 40 else 13), anchor="mm")
    return _small(image)


def _square(
    across: str, up: str, above: int = 18, below: int = 56
) -> tuple[Image.Image, ImageDraw.ImageDraw, At]:
    """A square from 0 to 1 both ways with its diagonal, and where its points lie."""
    side, left, top, below = (n * _FINE for n in (_SIDE, 74, above, below))
    image = Image.new("RGB", (left + side + 24 * _FINE, top + side + below), GROUND)
    draw = ImageDraw.Draw(image)

    def at(x: Number, y: Number) -> Point:
        return left + x * side, top + side - y * side

    draw.rectangle((left, top, left + side, top + side), PANEL)
    font = _font(_WORDS)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        for ends in ((at(share, 0), at(share, 1)), (at(0, share), at(1, share))):
            draw.line(ends, LINE, _FINE)
        draw.text((at(share, 0)[0], top + side + 6 * _FINE), f"{share:g}", DIM, font, anchor="ma")
        draw.text((left - 8 * _FINE, at(0, share)[1]), f"{share:g}", DIM, font, anchor="rm")
    for place in range(0, 40, 2):
        draw.line((at(place / 40, place / 40), at((place + 1) / 40, (place + 1) / 40)), DIM, _FINE)
    draw.text((left + side / 2, top + side + 26 * _FINE), across, DIM, font, anchor="ma")
    _upright(image, up, (10 * _FINE, top), side, DIM)
    return image, draw, at


def _legend(draw: ImageDraw.ImageDraw, place: Point, lines: Sequence[tuple[str, Colour]]) -> None:
    """Lines of text with their colour before them, upwards from a place."""
    left, foot = place
    for number, (text, colour) in enumerate(reversed(lines)):
        middle = foot - number * 22 * _FINE
        draw.line((left, middle, left + 18 * _FINE, middle), colour, 4 * _FINE)
        shown = cut(drawable(text), 190 * _FINE if len(text) < 30 else 260 * _FINE, _font(_WORDS))
        draw.text((left + 26 * _FINE, middle), shown, INK, _font(_WORDS), anchor="lm")


def _upright(image: Image.Image, text: str, place: Point, tall: int, colour: Colour) -> None:
    """Text that runs upwards and ends a little above the foot of a strip so tall."""
    font = _font(_WORDS)
    strip = Image.new("RGB", (int(font.getlength(drawable(text))) + 2, 20 * _FINE), GROUND)
    ImageDraw.Draw(strip).text((0, 0), drawable(text), colour, font)
    turned = strip.rotate(90, expand=True)
    image.paste(turned, (round(place[0]), round(place[1] + tall - turned.height - 8 * _FINE)))


_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def _font(size: int) -> _Font:
    return ImageFont.load_default(size * _FINE)


def _mixed(colour: Colour, ground: Colour, share: Number) -> Colour:
    red, green, blue = (round(g + (c - g) * share) for c, g in zip(colour, ground, strict=True))
    return red, green, blue


def _small(image: Image.Image) -> Image.Image:
    return image.resize((image.width // _FINE, image.height // _FINE), Image.Resampling.LANCZOS)
