"""Source `package.module:function`: a function of the caller's that makes the module."""

import contextlib
import importlib
import os
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from torch import nn

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.module import from_module
from tapetum.models.options import Options

_PATTERN = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)")


def is_factory(source: str) -> bool:
    """Whether a source is spelt like `package.module:function`."""
    return _PATTERN.fullmatch(source) is not None


def from_factory(source: str, options: Options) -> Classifier:
    """What the function returns; modules beside the current directory are found, as `python -m` finds them.

    Raises:
        ModelError: the import or the call fails, or the result is no module.
    """
    place, _, function = source.partition(":")
    with _current_directory():
        module = _made(place, function)
    if not isinstance(module, nn.Module):
        raise ModelError(
            f"{source} returns {type(module).__name__}. Let it return a torch.nn.Module, without arguments."
        )
    return from_module(module, options, name=source, source=f"made by {source}")


def _made(place: str, function: str) -> Any:
    try:
        importlib.invalidate_caches()
        found = importlib.import_module(place)
    except (Exception, SystemExit) as error:
        raise ModelError(
            f"{place} cannot be imported: {_where(error)}. Mend it, or check the name."
        ) from error
    if not callable(getattr(found, function, None)):
        raise ModelError(f"{place} has no function {function}. Define it, or check the name.")
    try:
        return getattr(found, function)()
    except (Exception, SystemExit) as error:
        raise ModelError(
            f"{place}:{function} fails: {_where(error)}. It must work without arguments."
        ) from error


def _where(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    line = (
        f" ({os.path.basename(last.filename)}, line {last.lineno})"
        if last.filename != "<frozen importlib._bootstrap>"
        else ""
    )
    return f"{type(error).__name__}: {str(error)[:300]}{line}"


@contextlib.contextmanager
def _current_directory() -> Iterator[None]:
    before = list(sys.path)
    sys.path.insert(0, os.getcwd())
    try:
        yield
    finally:
        sys.path[:] = before
