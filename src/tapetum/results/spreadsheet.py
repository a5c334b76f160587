"""Rows of a table as CSV that a spreadsheet only reads."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """CSV with text that no spreadsheet takes for a formula: such text gets an apostrophe in front.

    Example:
        >>> csv_text([["name", 1.5], ["=1+1", -2]])
        "name,1.5\\n'=1+1,-2\\n"
    """
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerows([_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    # A lone surrogate, from a file name that is no UTF-8, cannot be written to a file.
    return held.getvalue().encode("utf-8", "replace").decode("utf-8")


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
