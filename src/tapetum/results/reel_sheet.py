"""Some filters before and after training: the kernel, and what it and the steps behind it make of probes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from tapetum.errors import DataError
from tapetum.pictures import DIM, GROUND, INK, LINE, full_strength, resized, signed
from tapetum.pictures.captions import cut, drawable
from tapetum.results.reel_gif import kernel_pixels

if TYPE_CHECKING:
    from tapetum.results.reel import Reel

_TILE, _GAP, _MARGIN = 112, 12, 32
_LABEL = 150
_PROBES = 2
_BETWEEN = 32
"""Room between two filters, and before the columns of a probe."""


def before_after(reel: "Reel", filters: Sequence[int]) -> Image.Image:
    """Two rows for every filter, and for each of two probes a column per layer that follows the filters.

    Maps of one layer share one scale, before and after, so that what is dark answers little.

    Raises:
        DataError: the film has no probes.
    """
    layers = [name for name, maps in reel.maps.items() if maps.shape[2] == reel.kernels.shape[1]]
    if not layers:
        raise DataError(
            "The film has no feature maps of its first layer, so there is nothing to show before and after. "
            "Record it with probes, or write it as .gif."
        )
    probes = [reel.names.index(kind) for kind in reel.kinds[:_PROBES]]
    block = len(layers) * (_TILE + _GAP) - _GAP
    starts = [
        _MARGIN + _LABEL + _TILE + _BETWEEN + place * (block + _BETWEEN) for place in range(len(probes))
    ]
    top = _MARGIN + _TILE + 46
    pair = 2 * (_TILE + _GAP) - _GAP + _BETWEEN
    size = (starts[-1] + block + _MARGIN, top + len(filters) * pair - _BETWEEN + _MARGIN)
    sheet = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN - 4), cut(drawable(reel.model), 250, _font(22)), INK, _font(22))
    draw.text((_MARGIN, _MARGIN + 28), "before and after training", DIM, _font(15))
    draw.text((_MARGIN + _LABEL, top - 26), "kernel", DIM, _font(15))
    for start, probe in zip(starts, probes, strict=True):
        sheet.paste(_fitted(reel.probes[probe]), (start, _MARGIN))
        name = cut(drawable(reel.names[probe]), block - _TILE - 16, _font(18))
        draw.text((start + _TILE + 16, _MARGIN), name, INK, _font(18))
        for place, layer in enumerate(layers):
            title = cut(drawable(reel.titles[layer]), _TILE, _font(15))
            draw.text((start + place * (_TILE + _GAP), top - 26), title, DIM, _font(15))
    scales = {name: full_strength(reel.maps[name][[0, -1]][:, probes][:, :, filters]) for name in layers}
    for order, number in enumerate(filters):
        down = top + order * pair
        if order:
            draw.line((_MARGIN, down - _BETWEEN // 2, size[0] - _MARGIN, down - _BETWEEN // 2), LINE)
        for frame in (0, -1):
            at = down + (_TILE + _GAP if frame else 0)
            _label(draw, reel, (number, frame), at)
            kernel = Image.fromarray(kernel_pixels(reel.kernels[frame, number], reel.scale, _TILE))
            sheet.paste(kernel, (_MARGIN + _LABEL, at))
            for start, probe in zip(starts, probes, strict=True):
                for place, layer in enumerate(layers):
                    values = resized(reel.maps[layer][frame, probe, number], *_size(reel.maps[layer]))
                    tile = Image.fromarray(signed(values, scales[layer]))
                    sheet.paste(tile, (start + place * (_TILE + _GAP), at))
    return sheet


def _label(draw: ImageDraw.ImageDraw, reel: "Reel", which: tuple[int, int], at: int) -> None:
    number, frame = which
    room = _LABEL - 16
    draw.text((_MARGIN, at + 4), f"filter {number}" if frame == 0 else "", INK, _font(18))
    draw.text((_MARGIN, at + 30), "after" if frame else "before", INK if frame else DIM, _font(15))
    moment = f"{reel.unit} {int(reel.frames[frame])}"
    draw.text((_MARGIN, at + 52), cut(moment, room, _font(15)), DIM, _font(15))
    likeness = f"|r| {abs(float(reel.likeness[frame, number])):.2f}"
    draw.text((_MARGIN, at + 74), likeness, DIM, _font(15))


def _size(maps: np.ndarray) -> tuple[int, int]:
    rows, columns = maps.shape[3:]
    tall, wide = (max(1, round(_TILE * n / max(rows, columns))) for n in (rows, columns))
    return tall, wide


def _fitted(pixels: UInt8[np.ndarray, "rows columns 3"]) -> Image.Image:
    image = Image.fromarray(pixels)
    factor = _TILE / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    how = Image.Resampling.NEAREST if factor >= 3 else Image.Resampling.BICUBIC
    return image.resize(size, how)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
