"""Frames as a GIF, all in the same colours."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

_LOOKED_AT = 12
"""Frames from which the colours are chosen."""


def gif_bytes(
    frames: Sequence[Image.Image], milliseconds: Sequence[int], *, photographs: bool = False
) -> bytes:
    """An endless GIF of frames of one size, each shown so long.

    The 256 colours are chosen once, from frames all over the film, so that they do not flicker. In drawings
    the same colour means the same number in every frame; photographs are dithered instead.

    Example:
        >>> gif_bytes([Image.new("RGB", (4, 4), c) for c in ("red", "blue")], [100, 100])[:6]
        b'GIF89a'
    """
    places = np.unique(np.linspace(0, len(frames) - 1, _LOOKED_AT).round().astype(int))
    width, height = frames[0].size
    strip = Image.new("RGB", (width, height * len(places)))
    for row, place in enumerate(places):
        strip.paste(frames[place], (0, row * height))
    colours = strip.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    dither = Image.Dither.FLOYDSTEINBERG if photographs else Image.Dither.NONE
    flat = [frame.convert("RGB").quantize(palette=colours, dither=dither) for frame in frames]
    held = io.BytesIO()
    flat[0].save(
        held,
        "GIF",
        save_all=True,
        append_images=flat[1:],
        duration=list(milliseconds),
        loop=0,
    )
    return held.getvalue()
