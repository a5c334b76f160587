"""What a lesson is: a key, a title, and the function that runs it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tapetum.results import Story


@dataclass(frozen=True)
class Lesson:
    """One lesson. The function `run` of its module in this room is loaded when it is asked for.

    Attributes:
        key: what a person types.
        title: one line.
        about: one sentence on what is learnt.
        takes_data: whether a person's own file can be given.
    """

    key: str
    title: str
    about: str
    takes_data: bool = False

    @property
    def run(self) -> Callable[..., Story]:
        """The lesson itself: `run(seed=0)`, and `data=` where it takes some."""
        module: Any = importlib.import_module(f"tapetum.lessons.{self.key.replace('-', '_')}")
        found: Callable[..., Story] = module.run
        return found
