"""How large a picture may be, decided from its header before anything is decoded."""

from tapetum.errors import PictureError

MAX_PIXELS = 50_000_000
MAX_SIDE = 32_768
# Networks scale the shorter side to about 224: at this ratio that still makes fewer than 51 million pixels.
MAX_RATIO = 1_000
MAX_FILE_BYTES = 256 * 1024 * 1024
# A camera writes at most a dozen scans; each costs a pass over the whole picture and needs only 75 bytes.
MAX_JPEG_SCANS = 100


def check_size(name: str, rows: int, columns: int) -> None:
    """Refuse a picture that is empty, huge, or a mere line.

    Raises:
        PictureError: a side is 0 or longer than `MAX_SIDE`, one side is more than `MAX_RATIO` times
            the other, or the product exceeds `MAX_PIXELS`.
    """
    seen = f"{columns:,} × {rows:,} pixels"
    if min(rows, columns) < 1:
        raise PictureError(
            f"{name} has no pixels ({seen}). Use a picture with at least one row and one column."
        )
    if max(rows, columns) > MAX_SIDE:
        raise PictureError(
            f"{name} has {seen}, and no side may be longer than {MAX_SIDE:,}. "
            "Scale it down, or cut out a part."
        )
    if rows * columns > MAX_PIXELS:
        raise PictureError(
            f"{name} has {seen}, more than the {MAX_PIXELS // 1_000_000} million that are decoded. "
            "Scale it down, or cut out a part."
        )
    if max(rows, columns) > MAX_RATIO * min(rows, columns):
        raise PictureError(
            f"{name} has {seen}: one side is more than {MAX_RATIO:,} times the other. "
            "Cut out a part that is closer to a square."
        )


def check_scans(name: str, data: bytes) -> None:
    """Refuse a JPEG whose few bytes would keep the decoder busy for hours.

    Raises:
        PictureError: more than `MAX_JPEG_SCANS` scans.
    """
    if not data.startswith(b"\xff\xd8\xff"):
        return
    scans = data.count(b"\xff\xda")
    if scans > MAX_JPEG_SCANS:
        raise PictureError(
            f"{name} is a JPEG with {scans:,} scans, and real ones have at most a dozen. "
            "Save it again with a picture program."
        )
