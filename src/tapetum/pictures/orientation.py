"""Turn a picture as its EXIF orientation says."""

from PIL import ExifTags, Image

from tapetum.pictures.damage import DAMAGE
from tapetum.pictures.names import printable

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TAG = ExifTags.Base.Orientation


def turned_while_loading(image: Image.Image) -> object:
    """What Pillow will turn by itself when it loads the image, asked before that; else None.

    That is a TIFF, whose claim is gone afterwards. The EXIF data of other formats is not asked for
    here: Pillow finds that of some PNG files only behind the pixels, and loads them on the way.
    """
    return getattr(image, "tag_v2", {}).get(_TAG)


def turn(image: Image.Image, rgb: Image.Image, turned: object) -> tuple[Image.Image, tuple[str, ...]]:
    """The RGB of a loaded image as its orientation says, and a note; an invalid claim is ignored."""
    try:
        claim = image.getexif().get(_TAG)
    except DAMAGE:
        return rgb, ("EXIF data could not be read and was ignored",)
    if claim in (None, 1):
        by_pillow = isinstance(turned, int) and turned in _TURNS
        return rgb, ((f"EXIF orientation {turned} applied",) if by_pillow else ())
    if isinstance(claim, int) and claim in _TURNS:
        return rgb.transpose(_TURNS[claim]), (f"EXIF orientation {claim} applied",)
    return rgb, (f"EXIF orientation {printable(str(claim), 20)} is none of the eight and was ignored",)
