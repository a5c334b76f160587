"""How the facts of a result are written as a file."""

import json
from collections.abc import Mapping
from typing import Any


def facts_bytes(facts: Mapping[str, Any]) -> bytes:
    """Plain data as JSON to be read: ASCII with escapes, as `--json` prints it, and never NaN."""
    return json.dumps(facts, indent=2, ensure_ascii=True, allow_nan=False).encode() + b"\n"
