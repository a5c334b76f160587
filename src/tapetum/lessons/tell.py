"""Run one lesson."""

import time
from dataclasses import replace
from pathlib import Path

from tapetum.errors import LessonError
from tapetum.lessons.entry import Lesson
from tapetum.lessons.table import LESSONS
from tapetum.options import nearest
from tapetum.results import Story
from tapetum.workflows.provenance import now, versions


def find_lesson(key: str) -> Lesson:
    """The lesson of this name.

    Raises:
        LessonError: there is none; the message lists the nearest names.
    """
    if key not in LESSONS:
        raise LessonError(f"There is no lesson {key!r}. The nearest: {nearest(key, LESSONS)}.")
    return LESSONS[key]


def lesson(key: str, *, data: str | Path | None = None, seed: int = 0) -> Story:
    """Run a lesson: train, measure and draw what it tells.

    Args:
        key: its name; `tapetum lesson` lists them.
        data: a person's own file, for lessons that take one.
        seed: of everything that is drawn at random.

    Raises:
        LessonError: there is no such lesson, or it takes no data.

    Example:
        >>> import tapetum
        >>> tapetum.lesson("fooled").numbers["epsilon"] <= 8
        True
    """
    chosen = find_lesson(key)
    if data is not None and not chosen.takes_data:
        takers = ", ".join(one.key for one in LESSONS.values() if one.takes_data) or "none"
        raise LessonError(f"The lesson {key} takes no data. Those that do: {takers}.")
    began = time.perf_counter()
    given = {"data": data} if chosen.takes_data else {}
    story = chosen.run(seed=seed, **given)
    return replace(story, seconds=time.perf_counter() - began, versions=versions(), created=now())
