"""A part of the lesson on convolution."""

from typing import NamedTuple

from tapetum.results import PageSection, SlidingWindow


class Part(NamedTuple):
    """A section of the page, the numbers that were measured for it, and the windows that slid for it."""

    section: PageSection
    numbers: dict[str, float]
    windows: tuple[SlidingWindow, ...] = ()
