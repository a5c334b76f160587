"""The errors for names that nobody knows: they name what is nearest."""

import difflib
from collections.abc import Sequence

from tapetum.errors import ModelError
from tapetum.models.listing import list_models
from tapetum.pictures import printable


def unknown(name: str, names: Sequence[str], prefix: str, library: str) -> ModelError:
    """A name that a library does not have."""
    known = {other.lower(): other for other in names}
    near = difflib.get_close_matches(name.lower(), known, n=4, cutoff=0.5)
    hint = (
        f"The nearest are: {', '.join(prefix + known[n] for n in near)}."
        if near
        else "List what there is: tapetum models."
    )
    return ModelError(f"{library} has no classifier called {printable(name)!r}. {hint}")


def unknown_source(source: str) -> ModelError:
    """A source that is no name, no file and no function."""
    names = [name for name, _ in list_models()]
    shown = printable(source)
    exact = [name for name in names if name.rpartition(":")[2].lower() == source.lower()]
    if exact:
        return ModelError(
            f"{shown!r} does not say which library's network is meant. Give {' or '.join(exact)}."
        )
    bare = {name.rpartition(":")[2].lower(): name for name in names}
    near = [bare[n] for n in difflib.get_close_matches(source.lower(), bare, n=4, cutoff=0.5)]
    hint = f"The nearest are: {', '.join(near)}." if near else "List what there is: tapetum models."
    return ModelError(f"There is no network and no file called {shown!r}. {hint}")
