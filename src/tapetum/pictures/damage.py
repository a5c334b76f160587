"""Everything that Pillow raises on damaged bytes, and its warnings kept quiet."""

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from tapetum.errors import PictureError
from tapetum.pictures.names import printable

# Pillow's readers trust a file's structure, and fail on a broken one with whatever comes next:
# a bad index, an unexpected None, a division by zero. No narrower list is promised.
DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
# Python's warning filters belong to the whole process: two threads that each restore what they
# found can leave them silenced for good.
_QUIET = threading.Lock()


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what Pillow raises inside the block into a `PictureError`, and keep its warnings quiet.

    Raises:
        PictureError: the picture is damaged, with Pillow's reason.
    """
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except Image.DecompressionBombError as error:
            raise PictureError(
                f"{name} has too many pixels ({printable(str(error))}). Scale it down, or cut out a part."
            ) from error
        except DAMAGE as error:
            reason = printable(str(error)) or type(error).__name__
            raise PictureError(
                f"{name} is damaged or cut short and cannot be decoded ({reason}). "
                "Fetch the file again, or save it again with a picture program."
            ) from error
