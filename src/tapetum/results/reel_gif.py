"""The kernels of the first layer as a moving picture."""

import math
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from tapetum.pictures import (
    DIM,
    GROUND,
    INK,
    LINE,
    NEGATIVE,
    POSITIVE,
    balanced_columns,
    resized,
    signed,
)
from tapetum.pictures.captions import cut, drawable
from tapetum.pictures.gif import gif_bytes
from tapetum.pictures.mosaic import whole_tile
from tapetum.progress import stage

if TYPE_CHECKING:
    from tapetum.results.reel import Reel

_WIDTH = 560
_MARGIN, _GAP = 24, 14
_HEAD, _CAPTION, _FOOT = 66, 22, 46
_MOST = 120
"""Frames of a GIF; of more, evenly spaced ones are taken."""
_WHOLE = 9000
_HOLD = 1500


def kernel_film(reel: "Reel") -> bytes:
    """A GIF: every kernel in one colour scale throughout, the counter, the scores, the scale's ends."""
    places = evenly(len(reel), _MOST)
    with stage("Drawing the film", len(places)) as advance:
        frames = []
        for place in places:
            frames.append(kernel_frame(reel, place))
            advance(1)
    each = int(np.clip(_WHOLE / len(places), 60, 500))
    times = [each] * len(frames)
    times[0], times[-1] = max(each, 800), _HOLD
    return gif_bytes(frames, times)


def evenly(count: int, most: int) -> list[int]:
    """So many places at most, evenly spaced, the first and the last among them."""
    return [int(place) for place in np.unique(np.linspace(0, count - 1, min(count, most)).round())]


def kernel_pixels(
    kernel: Float[np.ndarray, "channels rows columns"], scale: float, side: int
) -> UInt8[np.ndarray, "height width 3"]:
    """A kernel enlarged: of three channels a small picture, grey at zero; else signed, channels summed."""
    tall, wide = (max(1, round(side * n / max(kernel.shape[1:]))) for n in kernel.shape[1:])
    if len(kernel) != 3:
        return signed(resized(kernel.sum(axis=0), tall, wide), scale)
    shares = np.clip(kernel / (scale or 1.0), -1, 1)
    planes = [resized((127.5 + 127.5 * plane).astype(np.float32), tall, wide) for plane in shares]
    return np.stack([np.rint(plane).clip(0, 255).astype(np.uint8) for plane in planes], axis=-1)


def kernel_frame(reel: "Reel", place: int) -> Image.Image:
    """One frame of the film."""
    kernels = reel.kernels[place]
    across = min(balanced_columns(len(kernels), 2.0), 12)
    down = math.ceil(len(kernels) / across)
    side = whole_tile(max(kernels.shape[2:]), (_WIDTH - 2 * _MARGIN + _GAP) // across - _GAP)
    tall = round(side * kernels.shape[2] / max(kernels.shape[2:]))
    captioned = side >= 60
    below = _CAPTION if captioned else 0
    width = 2 * _MARGIN + across * (side + _GAP) - _GAP
    width = max(width, 420)
    left = (width - across * (side + _GAP) + _GAP) // 2
    sheet = Image.new("RGB", (width, _HEAD + down * (tall + below + _GAP) + _FOOT), GROUND)
    draw = ImageDraw.Draw(sheet)
    _head(draw, reel, place, width)
    for number, kernel in enumerate(kernels):
        row, column = divmod(number, across)
        at = (left + column * (side + _GAP), _HEAD + row * (tall + below + _GAP))
        sheet.paste(Image.fromarray(kernel_pixels(kernel, reel.scale, side)), at)
        if captioned:
            likeness = abs(float(reel.likeness[place, number]))
            base = (at[0], at[1] + tall + 4)
            draw.text(base, f"{number}", DIM, _font(14))
            text = f"|r| {likeness:.2f}"
            draw.text((at[0] + side, base[1]), text, INK if likeness >= 0.5 else DIM, _font(14), anchor="ra")
    _foot(draw, reel, place, sheet.size)
    return sheet


def _head(draw: ImageDraw.ImageDraw, reel: "Reel", place: int, width: int) -> None:
    moment, last = int(reel.frames[place]), int(reel.frames[-1])
    counter = f"{reel.unit} {moment} of {last}"
    draw.text((_MARGIN, 16), counter, INK, _font(22))
    told = "   ".join(f"{name} {value:.3g}" for name, value in list(reel.told(place).items())[:3])
    room = width - 2 * _MARGIN - round(draw.textlength(counter, _font(22))) - 20
    text = cut(drawable(told if moment else "before training"), room, _font(15))
    draw.text((width - _MARGIN, 22), text, DIM, _font(15), anchor="ra")
    draw.rectangle((_MARGIN, 50, width - _MARGIN - 1, 52), LINE)
    done = round((width - 2 * _MARGIN) * moment / max(1, last))
    if done:
        draw.rectangle((_MARGIN, 50, _MARGIN + done - 1, 52), POSITIVE)


def _foot(draw: ImageDraw.ImageDraw, reel: "Reel", place: int, size: tuple[int, int]) -> None:
    """The name of the weights, and the ends of the colour scale."""
    base = size[1] - 30
    scale, font = f"{reel.scale:.2g}", _font(14)
    right = size[0] - _MARGIN
    marks = 0
    if reel.kernels.shape[2] != 3:
        for text, colour in ((f"+{scale}", POSITIVE), (f"-{scale}", NEGATIVE)):
            draw.text((right, base), text, DIM, font, anchor="ra")
            length = round(draw.textlength(text, font))
            draw.rectangle((right - length - 18, base + 2, right - length - 7, base + 13), colour)
            right -= length + 34
            marks += length + 34
    words = drawable(f"{reel.first} of {reel.model}")
    draw.text((_MARGIN, base), cut(words, size[0] - 2 * _MARGIN - marks, font), DIM, font)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
