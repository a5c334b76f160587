"""Bytes in memory that notice when a decoder asks for more than there is."""

import io


class Stream:
    """A file for Pillow to read.

    Pillow reports a truncated file, unless the process has set `ImageFile.LOAD_TRUNCATED_IMAGES`: then
    it fills the rest with grey. That setting belongs to the caller and stays as it is; that the
    data ran dry is seen here. What escapes this is a format that is handed over whole (WebP,
    compressed TIFF); their decoders report a missing end themselves, whatever the setting.
    """

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.ran_dry = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none left although some were asked for means that the data ran dry."""
        found = self._file.read(size)
        self.ran_dry = self.ran_dry or (size > 0 and not found)
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, as in any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._file.tell()

    def getvalue(self) -> bytes:
        """Everything at once."""
        return self._file.getvalue()
