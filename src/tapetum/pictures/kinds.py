"""What a file that is not a picture looks like, told from its first bytes, for the error message."""

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
FORMAT_WORDS = "JPEG, PNG, WebP, BMP, GIF or TIFF"

_BEGINNINGS = (
    (b"\xff\xd8\xff", "a damaged JPEG"),
    (b"\x89PNG", "a damaged PNG"),
    (b"GIF8", "a damaged GIF"),
    (b"BM", "a damaged BMP"),
    (b"II*\0", "a damaged TIFF"),
    (b"MM\0*", "a damaged TIFF"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "an EPS or PostScript drawing"),
    (b"\xc5\xd0\xd3\xc6", "an EPS drawing"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{", "JSON text"),
)
_BRANDS = {b"avif": "an AVIF picture", b"avis": "an AVIF picture"}


def looks_like(data: bytes) -> str:
    """In words, what the bytes seem to be: "a web page", "a PDF document", "a damaged PNG".

    Example:
        >>> looks_like(b"<!DOCTYPE html><html>")
        'a web page'
    """
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a HEIC picture or a film")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a damaged WebP"
    for beginning, words in _BEGINNINGS:
        if data.startswith(beginning):
            return words
    return _markup(data) or "something else"


def _markup(data: bytes) -> str | None:
    text = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text.startswith(b"<"):
        return None
    if b"<svg" in text:
        return "an SVG drawing"
    if b"<html" in text or text.startswith(b"<!doctype html"):
        return "a web page"
    return "XML or HTML text"
