"""The page of a lesson."""

from tapetum.report.plain_page import plain_page
from tapetum.results import Story


def story_page(story: Story) -> str:
    """The lesson as it was run, with its pictures and films."""
    versions = ", ".join(f"{name} {version}" for name, version in story.versions.items())
    foot = f"tapetum lesson {story.key}: {story.seconds:.1f} s, {story.created}; {versions}"
    return plain_page(story.title, story.lead, sections=story.parts, foot=foot)
