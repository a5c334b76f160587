"""The error for a name that nobody knows."""

import difflib
from collections.abc import Sequence

from tapetum.errors import ModelError
from tapetum.pictures import printable


def unknown(name: str, names: Sequence[str], prefix: str, library: str) -> ModelError:
    """Say so, with the names that are nearest to it."""
    near = difflib.get_close_matches(name.lower(), names, n=4, cutoff=0.5)
    hint = (
        f"The nearest are: {', '.join(prefix + n for n in near)}."
        if near
        else "List the known names: tapetum models."
    )
    return ModelError(f"{library} has no classifier called {printable(name)!r}. {hint}")
