"""Fill the built page with a document, so that nothing in it can run but the page's own script."""

import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from tapetum.errors import InternalError, OutputError
from tapetum.pictures import write_atomically
from tapetum.report.document import report_document
from tapetum.results import Explanation

_INLINE = {
    "script-src": re.compile(r'<script type="module">(.*?)</script>', re.DOTALL),
    "style-src": re.compile(r"<style>(.*?)</style>", re.DOTALL),
}


def write_report(explanation: Explanation, path: Path) -> Path:
    """Write the report of an explanation, whole or not at all.

    Raises:
        OutputError: a name that is no HTML page's, or a place that cannot be written.
    """
    check_place(path)
    write_atomically(path, report_html(explanation).encode())
    return path


def check_place(path: Path) -> None:
    """Refuse a place where no report can be written, before any work is done for it.

    Raises:
        OutputError: a folder, a folder that is not there, or a name that is no HTML page's.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder. Name a file in it, such as {path / 'report.html'}.")
    if path.suffix.lower() not in (".html", ".htm"):
        named = repr(path.suffix) if path.suffix else "a file without suffix"
        raise OutputError(f"The report is an HTML page, not {named}. Give a name that ends in .html.")
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder {path.parent}. Create it first, or name another.")


def report_html(explanation: Explanation) -> str:
    """The report of an explanation as one HTML page."""
    return filled(template("report"), report_document(explanation))


def filled(page: str, document: dict[str, Any]) -> str:
    """The built page with its policy and its data in place."""
    policy = f"default-src 'none'; {own_code(page)}; img-src data: blob:; font-src data:; "
    policy += "base-uri 'none'; form-action 'none'"
    return page.replace("__TAPETUM_CSP__", policy).replace("__TAPETUM_DATA__", _escaped(document))


def own_code(page: str) -> str:
    """The policy's permission for exactly the script and the style that the page was built with."""
    rules = []
    for rule, pattern in _INLINE.items():
        digests = [hashlib.sha256(body.encode()).digest() for body in pattern.findall(page)]
        hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
        rules.append(" ".join([rule, *(hashes or ["'none'"])]))
    return "; ".join(rules)


def _escaped(document: dict[str, Any]) -> str:
    """JSON that can neither end its script element nor break a line of it."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    # Lone surrogates, from file names that are no UTF-8, cannot be written to a file.
    return text.encode("utf-8", "replace").decode("utf-8")


def template(name: str) -> str:
    """The built page of this name, with its policy and data still to be filled in.

    Raises:
        InternalError: the page was not built.
    """
    page = files("tapetum.report") / "static" / f"{name}.html"
    if not page.is_file():
        raise InternalError(
            f"The {name}'s page was not built into this installation. Install tapetum again: "
            "pip builds the page by itself (from a checkout: pip install -e . -c constraints.txt)."
        )
    return page.read_text(encoding="utf-8")
