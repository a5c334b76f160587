"""A journey as one tall picture: the photograph, then every step below the one before it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from tapetum.errors import OutputError
from tapetum.pictures import DIM, GROUND, INK, LINE, NEGATIVE, POSITIVE
from tapetum.pictures.captions import cut, drawable
from tapetum.progress import stage
from tapetum.results.explanation import NetworkFacts, SeenPicture
from tapetum.results.kernel_sheet import KernelSheet
from tapetum.results.layer_sheet import LayerSheet
from tapetum.results.prediction import ClassScore, Prediction

_WIDTH = 1440
_MARGIN = 56
_RAIL = 26
_TEXT = 232
_LEFT = _MARGIN + _RAIL + _TEXT + 26
_ROOM = _WIDTH - _LEFT - _MARGIN
_PHOTOGRAPH = 300
_BETWEEN = 40
_FEW = 24
"""With more steps than these, each is a flatter sheet."""
_TALLEST = 60_000
_PAGE = 200.0
"""Inches that the side of a PDF page may have."""


@dataclass(frozen=True)
class _Panel:
    """One step: what is said about it, and its picture."""

    title: str
    lines: tuple[str, ...]
    pixels: UInt8[np.ndarray, "rows columns 3"]
    scores: tuple[ClassScore, ...] = ()


def drawn(
    network: NetworkFacts,
    picture: SeenPicture,
    prediction: Prediction,
    kernels: KernelSheet | None,
    steps: Sequence[LayerSheet],
) -> Image.Image:
    """The tall picture.

    Raises:
        OutputError: it would be taller than 60,000 pixels.
    """
    panels = [] if kernels is None else [_kernel_panel(kernels)]
    ratio = 4.0 if len(steps) <= _FEW else 8.0
    with stage("Drawing", len(steps)) as advance:
        for place, step in enumerate(steps):
            ends = place == len(steps) - 1 and step.vector
            panels.append(_step_panel(step, prediction.scores if ends else (), ratio))
            advance(1)
    heights = [max(_text_height(panel), panel.pixels.shape[0], 34 * len(panel.scores)) for panel in panels]
    head = _PHOTOGRAPH + 2 * _MARGIN
    height = head + sum(heights) + _BETWEEN * len(panels) + _MARGIN
    if height > _TALLEST:
        raise OutputError(
            f"The picture of {len(steps)} steps would be {height:,} pixels tall. "
            "Choose fewer layers or fewer maps of each, or write an .html page."
        )
    sheet = Image.new("RGB", (_WIDTH, height), GROUND)
    draw = ImageDraw.Draw(sheet)
    _head(sheet, draw, network, picture, prediction)
    top = head
    rail = _MARGIN + 5
    draw.line((rail, top + 10, rail, height - _MARGIN - heights[-1] + 10 if heights else top), LINE, 2)
    for panel, tall in zip(panels, heights, strict=True):
        _panel(sheet, draw, panel, top)
        top += tall + _BETWEEN
    return sheet


def pdf_bytes(image: Image.Image) -> bytes:
    """The picture as a PDF of one page, 10 inches wide or as wide as its height allows."""
    held = io.BytesIO()
    resolution = max(image.width / 10.0, image.height / _PAGE)
    image.save(held, "PDF", resolution=resolution, quality=92)
    return held.getvalue()


def _kernel_panel(kernels: KernelSheet) -> _Panel:
    filters, channels, rows, columns = kernels.values.shape
    what = "in colour" if kernels.colour else "signed"
    lines = (kernels.layer, f"{filters} filters of {channels} × {rows} × {columns}", what)
    said = ((f"{len(kernels.dead)} dead (orange)",) if kernels.dead else ()) + (
        (f"{len(kernels.twins)} pairs of twins (grey)",) if kernels.twins else ()
    )
    return _Panel("kernels", lines + said, kernels.pixels(_ROOM))


def _step_panel(step: LayerSheet, scores: tuple[ClassScore, ...], ratio: float) -> _Panel:
    lines = [step.layer, step.size()]
    if step.vector:
        rows, across = step.grid()
        lines.append(f"shown as {rows} rows of {across}")
    elif step.receptive_field is not None:
        lines.append(f"sees {step.receptive_field[0]} × {step.receptive_field[1]} pixels")
    lines.append(f"{step.silent:.0%} silent" + (f", {step.zeros:.0%} zeros" if step.zeros else ""))
    if len(step) < step.channels:
        lines.append(f"the {len(step)} strongest are shown")
    return _Panel(
        "class scores" if scores else step.title, tuple(lines), step.pixels(_ROOM, ratio=ratio), scores
    )


def _text_height(panel: _Panel) -> int:
    return 30 + 22 * len(panel.lines)


def _panel(sheet: Image.Image, draw: ImageDraw.ImageDraw, panel: _Panel, top: int) -> None:
    rail = _MARGIN + 5
    draw.ellipse((rail - 5, top + 6, rail + 5, top + 16), POSITIVE)
    at = (_MARGIN + _RAIL, top)
    draw.text(at, cut(drawable(panel.title), _TEXT, _font(21)), INK, _font(21))
    for place, line in enumerate(panel.lines):
        at = (_MARGIN + _RAIL, top + 32 + 22 * place)
        draw.text(at, cut(drawable(line), _TEXT, _font(15)), INK if place == 1 else DIM, _font(15))
    sheet.paste(Image.fromarray(panel.pixels), (_LEFT, top + 4))
    _bars(draw, panel.scores, _LEFT + panel.pixels.shape[1] + 48, top + 4)


def _bars(draw: ImageDraw.ImageDraw, scores: Sequence[ClassScore], left: int, top: int) -> None:
    """Classes with their logits as bars."""
    largest = max((abs(score.logit) for score in scores), default=0.0) or 1.0
    room = min(420, _WIDTH - _MARGIN - left - 70)
    for place, score in enumerate(scores):
        y = top + 34 * place
        draw.text((left, y), cut(drawable(score.label), room - 70, _font(16)), INK, _font(16))
        draw.text((left + room, y), f"{score.logit:+.2f}", DIM, _font(16), anchor="ra")
        draw.rectangle((left, y + 23, left + room, y + 25), LINE)
        length = round(room * abs(score.logit) / largest)
        draw.rectangle((left, y + 23, left + length, y + 25), POSITIVE if score.logit >= 0 else NEGATIVE)


def _head(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    network: NetworkFacts,
    picture: SeenPicture,
    prediction: Prediction,
) -> None:
    """The photograph as the network sees it, the network's name, and the verdict in probabilities."""
    shown = picture.image.convert("RGB")
    shown.thumbnail((_PHOTOGRAPH, _PHOTOGRAPH), Image.Resampling.LANCZOS)
    small = max(picture.image.size) < _PHOTOGRAPH
    if small:
        times = _PHOTOGRAPH // max(shown.size)
        shown = shown.resize((shown.width * times, shown.height * times), Image.Resampling.NEAREST)
    sheet.paste(shown, (_MARGIN, _MARGIN))
    left = _MARGIN + _PHOTOGRAPH + 36
    channels, rows, columns = network.input
    room = _WIDTH - _MARGIN - left
    draw.text((left, _MARGIN - 4), cut(drawable(picture.name), room, _font(30)), INK, _font(30))
    facts = f"through {network.name}, input {channels} × {rows} × {columns}, {network.classes} classes"
    draw.text((left, _MARGIN + 40), cut(drawable(facts), room, _font(17)), DIM, _font(17))
    for place, score in enumerate(prediction.scores[:6]):
        y = _MARGIN + 86 + 36 * place
        size = _font(19 if place == 0 else 17)
        draw.text((left, y), cut(drawable(score.label), 480, size), INK if place == 0 else DIM, size)
        draw.text((left + 560, y), f"{score.probability:.1%}", INK if place == 0 else DIM, size, anchor="ra")
        draw.rectangle((left, y + 26, left + 560, y + 28), LINE)
        draw.rectangle((left, y + 26, left + max(1, round(560 * score.probability)), y + 28), POSITIVE)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
