"""Captions in the one font that travels with Pillow, cut to the width of their picture."""

import unicodedata

from PIL import ImageFont

from tapetum.pictures.names import printable

# The font knows ASCII and these; the signs of the field get a spelling, accents are left out.
_KNOWN = set("©«°±´·»‘’“”…‹›⁄™")
_SPELLINGS = str.maketrans(
    {"×": "x", "−": "-", "–": "-", "—": "-", "ε": "eps", "σ": "sigma", "Δ": "delta ", "→": ">"}
)


def drawable(text: str) -> str:
    """The text in characters that the font has; what it cannot show at all becomes a question mark.

    Example:
        >>> drawable("Mähne 7 × 7")
        'Mahne 7 x 7'
    """
    plain = unicodedata.normalize("NFC", printable(text)).translate(_SPELLINGS)
    return "".join(character if _has(character) else _without_accents(character) for character in plain)


def cut(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """As much of the text as is drawn within a width in pixels, with an ellipsis where it was cut."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _has(character: str) -> bool:
    return character.isascii() or character in _KNOWN


def _without_accents(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character)
    return "".join(filter(_has, decomposed)) or "?"
