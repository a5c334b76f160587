"""The command in a process of its own, and what it shows on a terminal."""

import os
import sys

# A shell that starts these tests in the background lets their children ignore Ctrl-C; this one hears it.
_STARTER = (
    "import runpy, signal, sys\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "runpy.run_module('tapetum', run_name='__main__')\n"
)


def command(*arguments: str) -> list[str]:
    """What starts `tapetum` with these arguments, ready to be interrupted."""
    return [sys.executable, "-c", _STARTER, *arguments]


def read_until(terminal: int, words: bytes) -> bytes:
    """What a program writes on its terminal up to these words, or up to its end."""
    shown = b""
    while words not in shown:
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    return shown
