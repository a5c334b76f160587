"""Examples as sheets: the pictures of one channel, or a mosaic for each of many."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from tapetum.pictures import DIM, GROUND, PANEL, contact_sheet
from tapetum.pictures.captions import drawable
from tapetum.pictures.limits import MAX_PIXELS

if TYPE_CHECKING:
    from tapetum.results.examples import Example, Examples

_LARGE, _SMALL = 224, 64
_GAP = 4


def one_channel(examples: "Examples", channel: int) -> Image.Image:
    """The pictures that drive a channel most, with their values."""
    found = examples[channel]
    captions = [f"{example.value:.3g}\n{example.picture}" for example in found]
    columns = min(len(found), 5 if len(found) in (5, 10) else 3 if len(found) <= 9 else 6)
    return contact_sheet([example.image for example in found], captions, columns, tile=_LARGE)


def many_channels(examples: "Examples", channels: Sequence[int]) -> Image.Image:
    """A mosaic per channel, as large as the sheet allows."""
    side = int((MAX_PIXELS / max(1, len(channels))) ** 0.5) - 1
    tile = max(16, min(_LARGE if len(channels) <= 60 else _LARGE * 3 // 4, side))
    silent = set(examples.silent)
    mosaics = [mosaic(examples[channel]) for channel in channels]
    captions = [
        f"{channel}\n" + ("silent on all pictures" if channel in silent else f"up to {best:.3g}")
        for channel, best in zip(channels, (examples.values[c, 0] for c in channels), strict=True)
    ]
    return contact_sheet(mosaics, captions, tile=tile)


def mosaic(examples: "Sequence[Example]", side: int = _SMALL) -> Image.Image:
    """The pictures of one channel close together, strongest first, each cut to a square around its middle."""
    across = max(1, math.ceil(len(examples) ** 0.5))
    down = max(1, math.ceil(len(examples) / across))
    made = Image.new("RGB", (across * (side + _GAP) - _GAP, down * (side + _GAP) - _GAP), GROUND)
    for place in range(across * down):
        row, column = divmod(place, across)
        at = (column * (side + _GAP), row * (side + _GAP))
        if place < len(examples):
            made.paste(squared(examples[place].image, side), at)
        else:
            made.paste(PANEL, (*at, at[0] + side, at[1] + side))
    return made


def squared(image: Image.Image, side: int) -> Image.Image:
    """The largest square in the middle of an image, at this size."""
    shorter = min(image.size)
    left, top = (image.width - shorter) // 2, (image.height - shorter) // 2
    cut = image.convert("RGB").crop((left, top, left + shorter, top + shorter))
    growing = side / shorter >= 4
    return cut.resize((side, side), Image.Resampling.NEAREST if growing else Image.Resampling.LANCZOS)


def side_by_side(left: Image.Image, right: Image.Image | None) -> Image.Image:
    """Two pictures of one height beside each other; without a second one its place stays empty."""
    height = left.height if right is None else max(left.height, right.height)
    shown = [
        image.convert("RGB").resize(
            (round(image.width * height / image.height), height), Image.Resampling.LANCZOS
        )
        for image in (left, *((right,) if right is not None else ()))
    ]
    gap = max(_GAP, height // 24)
    made = Image.new("RGB", (shown[0].width + gap + shown[-1].width, height), GROUND)
    made.paste(shown[0], (0, 0))
    if right is not None:
        made.paste(shown[1], (shown[0].width + gap, 0))
    return made


def with_footer(image: Image.Image, text: str) -> Image.Image:
    """A picture with some dim lines of text below it."""
    size, margin = max(12, min(36, image.width // 60)), max(8, image.width // 60)
    font = ImageFont.load_default(size)
    lines: list[str] = []
    for word in map(drawable, text.split()):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= image.width - 2 * margin:
            lines[-1] = longer
        else:
            lines.append(word)
    line = round(1.4 * size)
    made = Image.new("RGB", (image.width, image.height + len(lines) * line + margin), GROUND)
    made.paste(image, (0, 0))
    draw = ImageDraw.Draw(made)
    for place, words in enumerate(lines):
        draw.text((margin, image.height + place * line), words, DIM, font)
    return made
