"""How far a long computation has come, told to whoever wants to know.

A computation opens a `stage` and says when a part of it is done. Who listens is decided outside: nobody, the
function given to `listening`, or by default a bar in the terminal or notebook once a second has passed.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

Listener = Callable[[str, int, int], None]
"""Called with what is done, how many parts of it are done, and how many there are."""

_AFTER = 1.0


@contextlib.contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Inside, stages tell this function; None for nobody."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def listener() -> Listener | None:
    """Who listens now."""
    return _LISTENER.get()


@contextlib.contextmanager
def stage(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A computation of `total` parts; call what it gives with how many parts were done since."""
    told = listener()
    done = 0

    def advance(parts: int = 1) -> None:
        nonlocal done
        done += parts
        if told is not None:
            told(what, done, total)

    advance(0)
    try:
        yield advance
    finally:
        if told is not None and done < total:
            told(what, total, total)


class Bars:
    """Progress bars on standard error, one below the other, which appear after a second and leave nothing."""

    def __init__(self) -> None:
        self._shown: Any = None
        self._tasks: dict[str, Any] = {}
        self._started: dict[str, float] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        started = self._started.setdefault(what, time.monotonic())
        if done >= total:
            self._end(what)
        elif what in self._tasks:
            self._shown.update(self._tasks[what], completed=done, total=total)
        elif time.monotonic() - started > _AFTER or self._tasks:
            self._begin(what, done, total)

    def _begin(self, what: str, done: int, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        if self._shown is None:
            self._shown = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._shown.start()
        self._tasks[what] = self._shown.add_task(what, completed=done, total=total)

    def _end(self, what: str) -> None:
        self._started.pop(what, None)
        if what in self._tasks:
            self._shown.remove_task(self._tasks.pop(what))
        if self._shown is not None and not self._tasks:
            self._shown.stop()
            self._shown = None


def _wanted() -> bool:
    """Whether a person watches: a terminal, or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=Bars() if _wanted() else None)
