"""Transparent pictures, shown on white."""

from PIL import Image

NOTE = "transparent areas shown on white"


def on_white(rgb: Image.Image, opacity: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """Mix each pixel with white: (opacity · value + (255 − opacity) · 255) / 255, rounded to the nearest."""
    lowest, _ = opacity.getextrema()
    if lowest == 255:
        return rgb, ()
    canvas = Image.new("RGB", rgb.size, "white")
    canvas.paste(rgb, mask=opacity)
    return canvas, (NOTE,)
