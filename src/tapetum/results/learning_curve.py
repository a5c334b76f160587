"""The curves of a training: loss and accuracy over the epochs, of the training and the validation part."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from tapetum.pictures import DIM, GROUND, INK, LINE, NEGATIVE, POSITIVE

if TYPE_CHECKING:
    from tapetum.results.training import Epoch

_TWICE = 2
"""Drawn at twice the size and reduced, so that lines are smooth."""
_WIDTH, _HEIGHT = 1080, 340
_ACROSS, _LEFT, _TOP, _BOTTOM = 540, 64, 56, 44


def learning_curve(history: "Sequence[Epoch]", best: int) -> Image.Image:
    """Two panels: losses on the left, shares named rightly on the right; the kept epoch has a line."""
    sheet = Image.new("RGB", (_WIDTH * _TWICE, _HEIGHT * _TWICE), GROUND)
    draw = ImageDraw.Draw(sheet)
    losses = [(e.training_loss, e.validation_loss) for e in history]
    shares = [(e.training_accuracy, e.validation_accuracy) for e in history]
    highest = max(max(pair) for pair in losses) * 1.05 or 1.0
    _panel(draw, _Panel(0, "loss", highest, "{:.2g}"), losses, best)
    _panel(draw, _Panel(_ACROSS, "named rightly", 1.0, "{:.0%}"), shares, best)
    return sheet.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)


@dataclass(frozen=True)
class _Panel:
    """Where a panel begins, what it shows, the value at its top, and how values are written."""

    left: int
    title: str
    top: float
    form: str


def _panel(draw: ImageDraw.ImageDraw, panel: _Panel, pairs: Sequence[tuple[float, float]], best: int) -> None:
    left, title, top, form = panel.left, panel.title, panel.top, panel.form
    font = ImageFont.load_default(14 * _TWICE)
    across, down = _ACROSS - _LEFT - 32, _HEIGHT - _TOP - _BOTTOM

    def at(epoch: int, value: float) -> tuple[float, float]:
        share = (epoch - 1) / max(1, len(pairs) - 1)
        height = min(1.0, max(0.0, value / top))
        return (left + _LEFT + share * across) * _TWICE, (_TOP + (1 - height) * down) * _TWICE

    for part in (0.0, 0.5, 1.0):
        start, stop = at(1, part * top), at(len(pairs) if len(pairs) > 1 else 2, part * top)
        stop = ((left + _LEFT + across) * _TWICE, stop[1])
        draw.line([start, stop], LINE, _TWICE)
        draw.text((start[0] - 10 * _TWICE, start[1]), form.format(part * top), DIM, font, "rm")
    x, y = at(best, top)
    draw.line([(x, y), at(best, 0.0)], INK, _TWICE)
    for values, colour, width in (
        ([p[0] for p in pairs], NEGATIVE, 2),
        ([p[1] for p in pairs], POSITIVE, 3),
    ):
        points = [at(number, value) for number, value in enumerate(values, 1)]
        if len(points) > 1:
            draw.line(points, colour, width * _TWICE, joint="curve")
        radius = 2.5 * _TWICE
        for px, py in points if len(points) <= 40 else ():
            draw.ellipse((px - radius, py - radius, px + radius, py + radius), colour)
    heading = ImageFont.load_default(16 * _TWICE)
    start = ((left + _LEFT) * _TWICE, 22 * _TWICE)
    draw.text(start, title, INK, heading, "lm")
    offset = start[0] + draw.textlength(title + "     ", heading)
    for name, colour in (("training", NEGATIVE), ("validation", POSITIVE)):
        draw.text((offset, start[1]), name, colour, font, "lm")
        offset += draw.textlength(name + "   ", font)
    for number in sorted({1, len(pairs), best}):
        shown = f"epoch {number}" if number == best else str(number)
        draw.text((at(number, 0.0)[0], (_HEIGHT - _BOTTOM + 18) * _TWICE), shown, DIM, font, "mm")
