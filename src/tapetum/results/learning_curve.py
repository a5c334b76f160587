"""The curves of a training: loss and accuracy over the epochs, of the training and the validation part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from tapetum.pictures import DIM, GROUND, INK, LINE, NEGATIVE, POSITIVE

if TYPE_CHECKING:
    from tapetum.results.training import Epoch

_TWICE = 2
"""Drawn at twice the size and reduced, so that lines are smooth."""
_WIDTH, _HEIGHT = 540, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 32, 56, 44
_DOTS = 40
"""Up to so many epochs, each is a dot."""
_NEAR = 0.12
"""Share of the width within which another epoch has no room for its number."""


def loss_curve(history: "Sequence[Epoch]", best: int) -> Image.Image:
    """Losses by epoch; the kept epoch has an upright line."""
    pairs = [(epoch.training_loss, epoch.validation_loss) for epoch in history]
    return _drawn("loss", pairs, max(max(pair) for pair in pairs) * 1.05 or 1.0, best, "{:.2g}")


def accuracy_curve(history: "Sequence[Epoch]", best: int) -> Image.Image:
    """Shares named rightly by epoch; the kept epoch has an upright line."""
    pairs = [(epoch.training_accuracy, epoch.validation_accuracy) for epoch in history]
    return _drawn("named rightly", pairs, 1.0, best, "{:.0%}")


def learning_curve(history: "Sequence[Epoch]", best: int) -> Image.Image:
    """Both side by side."""
    sheet = Image.new("RGB", (2 * _WIDTH, _HEIGHT), GROUND)
    sheet.paste(loss_curve(history, best), (0, 0))
    sheet.paste(accuracy_curve(history, best), (_WIDTH, 0))
    return sheet


def _drawn(title: str, pairs: Sequence[tuple[float, float]], top: float, best: int, form: str) -> Image.Image:
    sheet = Image.new("RGB", (_WIDTH * _TWICE, _HEIGHT * _TWICE), GROUND)
    draw = ImageDraw.Draw(sheet)
    font, heading = ImageFont.load_default(14 * _TWICE), ImageFont.load_default(16 * _TWICE)
    across, down = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def at(epoch: int, value: float) -> tuple[float, float]:
        share = (epoch - 1) / max(1, len(pairs) - 1)
        height = min(1.0, max(0.0, value / top))
        return (_LEFT + share * across) * _TWICE, (_TOP + (1 - height) * down) * _TWICE

    for part in (0.0, 0.5, 1.0):
        left, height = at(1, part * top)
        draw.line([(left, height), (left + across * _TWICE, height)], LINE, _TWICE)
        draw.text((left - 10 * _TWICE, height), form.format(part * top), DIM, font, "rm")
    draw.line([at(best, top), at(best, 0.0)], INK, _TWICE)
    for which, colour, width in ((0, NEGATIVE, 2), (1, POSITIVE, 3)):
        points = [at(number, pair[which]) for number, pair in enumerate(pairs, 1)]
        draw.line(points, colour, width * _TWICE, joint="curve")
        for x, y in points if len(points) <= _DOTS else ():
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), colour)
    place = _LEFT * _TWICE
    for words, ink, face in (
        (title, INK, heading),
        ("   training", NEGATIVE, font),
        ("   validation", POSITIVE, font),
    ):
        draw.text((place, 22 * _TWICE), words, ink, face, "lm")
        place += round(draw.textlength(words, face))
    for number in sorted({1, len(pairs), best}):
        if number == best or abs(number - best) / len(pairs) > _NEAR:
            words = f"epoch {number}" if number == best else str(number)
            draw.text((at(number, 0.0)[0], (_HEIGHT - _BOTTOM + 18) * _TWICE), words, DIM, font, "mm")
    return sheet.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
