"""Animations and files with several pages: how many pictures are there besides the first?"""

from io import BytesIO

from PIL import Image

from tapetum.pictures.damage import DAMAGE
from tapetum.pictures.kinds import FORMATS

# Counting reads through a whole GIF, and each page of a TIFF anew.
_COUNTED_BYTES = 32 * 1024 * 1024
_COUNTED_PAGES = 20


def frame_notes(image: Image.Image, data: bytes) -> tuple[str, ...]:
    """What to say of the others: "first of 5 frames", or nothing for a single picture."""
    words = "pages" if image.format == "TIFF" else "frames"
    if image.format in ("GIF", "TIFF"):
        # Counted on a reader of its own: damage in a later frame must not cost the first.
        number = _count(Image.open(BytesIO(data), formats=FORMATS), len(data))
    else:
        number = str(getattr(image, "n_frames", 1))
    return () if number == "1" else (f"first of {number} {words}",)


def _count(image: Image.Image, size: int) -> str:
    try:
        if not getattr(image, "is_animated", False):
            return "1"
        if image.format == "TIFF":
            return _count_pages(image)
        return str(image.n_frames) if size <= _COUNTED_BYTES else "several"  # type: ignore[attr-defined]
    except DAMAGE:
        return "several"


def _count_pages(image: Image.Image) -> str:
    for page in range(1, _COUNTED_PAGES + 1):
        try:
            image.seek(page)
        except EOFError:
            return str(page)
    return f"more than {_COUNTED_PAGES}"
