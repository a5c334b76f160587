"""Many pictures on one dark sheet, with a caption under each."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from tapetum.errors import PictureError
from tapetum.pictures.captions import cut, drawable
from tapetum.pictures.colour import DIM, GROUND, INK
from tapetum.pictures.decode import open_picture
from tapetum.pictures.limits import MAX_PIXELS
from tapetum.pictures.mosaic import balanced_columns
from tapetum.pictures.picture import PictureSource

# Width by height that a sheet comes close to when nobody says how many columns it has.
_PLEASANT_RATIO = 1.5
_LINES = 2
# Enlarged at least so many times, a picture shows its pixels.
_PIXELATED = 4


def contact_sheet(
    images: Sequence[PictureSource],
    captions: Sequence[str] | None = None,
    columns: int | None = None,
    *,
    tile: int = 224,
) -> Image.Image:
    """Pictures side by side in the dark look of the page, in reading order.

    Each is scaled to fit a square, smoothly; only those that grow more than three times, such as
    feature maps, keep their pixels visible.

    Args:
        images: anything that `open_picture` takes.
        captions: one per image; a second line, after a newline, is drawn dimmer. What is too long
            for its tile ends in an ellipsis; the font has hardly more than ASCII, so accents are left out.
        columns: tiles in a row; without it, as many as make a pleasant rectangle with few gaps.
        tile: side of the square in pixels.

    Raises:
        PictureError: no images, another number of captions, a tile under 16 pixels, no column, or a
            more pixels than a picture may have.

    Example:
        >>> contact_sheet(["sample:cat", "sample:coffee"], ["cat", "coffee"]).mode
        'RGB'
    """
    _check_request(len(images), None if captions is None else len(captions), columns, tile)
    across = min(
        columns or balanced_columns(len(images), _PLEASANT_RATIO, hole=2.0 / len(images)), len(images)
    )
    down = math.ceil(len(images) / across)
    gap, size = max(8, tile // 14), max(10, tile // 16)
    line, lines = round(size * 1.4), _line_count(captions)
    # Below a picture: a breath, then its lines of text.
    below = lines * line + round(size * 0.6) if lines else 0
    tiles = [_fitted(open_picture(source).image, tile) for source in images]
    heights = [max(shown.height for shown in tiles[row * across :][:across]) for row in range(down)]
    width, height = across * (tile + gap) + gap, sum(heights) + down * (below + gap) + gap
    sheet = Image.new("RGB", (width, height), GROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size)
    for place, shown in enumerate(tiles):
        row, column = divmod(place, across)
        left, bottom = gap + column * (tile + gap), gap + sum(heights[: row + 1]) + row * (below + gap)
        # Standing on its caption, not floating above it.
        sheet.paste(shown, (left, bottom - shown.height))
        for i, text in enumerate(captions[place].split("\n", 1) if captions else ()):
            at = (left, bottom + round(size * 0.6) + i * line)
            draw.text(at, cut(drawable(text), tile, font), DIM if i else INK, font)
    return sheet


def _check_request(images: int, captions: int | None, columns: int | None, tile: int) -> None:
    if images == 0:
        raise PictureError("A contact sheet of no pictures was asked for. Give at least one.")
    if captions is not None and captions != images:
        raise PictureError(f"There are {captions} captions for {images} pictures. Give one caption for each.")
    if columns is not None and columns < 1:
        raise PictureError(f"A contact sheet of {columns} columns was asked for. Use at least 1.")
    if images * tile * tile > MAX_PIXELS:
        raise PictureError(
            f"A sheet of {images:,} pictures at {tile:,} pixels each would have more than "
            f"{MAX_PIXELS // 1_000_000} million pixels. Use a smaller tile, or several sheets."
        )
    if tile < 16:
        raise PictureError(f"A tile of {tile} pixels shows nothing. Use at least 16.")


def _line_count(captions: Sequence[str] | None) -> int:
    return max((min(_LINES, caption.count("\n") + 1) for caption in captions or () if caption), default=0)


def _fitted(image: Image.Image, tile: int) -> Image.Image:
    """The image with its longer side as long as the tile."""
    factor = math.ceil(tile / max(image.size))
    scale = tile / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if factor < _PIXELATED:
        return image.resize(size, Image.Resampling.LANCZOS)
    # Repeated by a whole factor, then narrowed: equal pixels with clean edges at any size.
    repeated = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    return repeated.resize(size, Image.Resampling.BOX)
