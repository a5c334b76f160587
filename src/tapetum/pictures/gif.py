"""Films: pictures one after the other in one small file."""

import io
from collections.abc import Sequence

from PIL import Image

_COLOURS = 64
_SAMPLES = 6


def gif_bytes(frames: Sequence[Image.Image], milliseconds: Sequence[int]) -> bytes:
    """An endless GIF, as bytes.

    All frames share one palette, made from several of them, so that colours do not flicker and only what
    changes is stored.

    Args:
        frames: pictures of one size.
        milliseconds: how long each is shown.

    Example:
        >>> gif_bytes([Image.new("RGB", (2, 2)), Image.new("RGB", (2, 2), "white")], [100, 100])[:6]
        b'GIF89a'
    """
    pictures = [frame.convert("RGB") for frame in frames]
    wide, tall = pictures[0].size
    step = max(1, len(pictures) // _SAMPLES)
    samples = [*pictures[::step], pictures[-1]]
    strip = Image.new("RGB", (wide, tall * len(samples)))
    for place, sample in enumerate(samples):
        strip.paste(sample, (0, place * tall))
    palette = strip.quantize(_COLOURS, dither=Image.Dither.NONE)
    drawn = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    held = io.BytesIO()
    drawn[0].save(held, "GIF", save_all=True, append_images=drawn[1:], duration=list(milliseconds), loop=0)
    return held.getvalue()
