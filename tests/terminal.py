"""What a program shows on a terminal."""

import os


def read_until(terminal: int, words: bytes) -> bytes:
    """What a program writes on its terminal up to these words, or up to its end."""
    shown = b""
    while words not in shown:
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    return shown
