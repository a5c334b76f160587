"""Text from outside, made safe to print: file names, captions, what a file says about itself."""

import re
import unicodedata
from pathlib import PurePath

LONGEST = 120
MARK = "\N{REPLACEMENT CHARACTER}"

# A whole escape sequence becomes one mark, so that no "[31m" is left behind in the text.
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement, clearing
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC: window title, links, clipboard
)
# Joiners carry meaning inside emoji and several scripts, and move nothing on the screen.
_JOINERS = "\u200c\u200d"
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def printable(text: str, longest: int = LONGEST) -> str:
    r"""Text that cannot steer a terminal: every dangerous character becomes U+FFFD, the end is cut.

    Replaced are escape sequences, control characters and newlines, invisible format characters
    (bidirectional marks among them), line separators, and the lone surrogates that stand for
    bytes of a file name that are not UTF-8. HTML is not escaped here: that is for who writes HTML.

    Example:
        >>> printable("cat\x1b[31m.png\n").replace(MARK, "?")
        'cat?.png?'
    """
    # Four times the length is more than the cut needs, and keeps a hostile megabyte cheap.
    shown = "".join(map(_printable_character, _ESCAPE_SEQUENCE.sub(MARK, text[: 4 * longest])))
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def display_name(source: str | PurePath) -> str:
    r"""The name of a file for people: its last part, never a path, safe to print.

    Example:
        >>> display_name("holiday/2024/cat.jpg"), display_name("C:\\pictures\\cat.jpg")
        ('cat.jpg', 'cat.jpg')
    """
    last = re.split(r"[/\\]", str(source).rstrip("/\\"))[-1]
    name = printable(last).strip()
    return "picture" if name in {"", ".", ".."} else name


def _printable_character(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _UNPRINTABLE:
        return character
    return MARK
