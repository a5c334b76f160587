"""`tapetum lesson`."""

from pathlib import Path
from typing import Annotated

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import JsonOption


@app.command(rich_help_panel="Learn")
def lesson(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which one. Without a name, they are listed.")
    ] = None,
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="Your own file, for lessons that take one.")
    ] = None,
    *,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn at random.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The page (.html) or the facts (.json). Default: tapetum-lesson-NAME.html "
            "(with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Run a lesson: a story with its measured numbers, and a page with its pictures and films."""
    from tapetum import lessons
    from tapetum.cli import show
    from tapetum.pictures import check_place
    from tapetum.results import STORY_SUFFIXES

    if name is None:
        _listed(json=json)
        return
    lessons.find_lesson(name)
    place = output or (None if json else Path(f"tapetum-lesson-{name}.html"))
    if place is not None:
        check_place(place, "A lesson is", STORY_SUFFIXES)
    with show.progress(quiet=json):
        story = lessons.lesson(name, data=data, seed=seed)
    if place is not None:
        story.save(place)
    if json:
        show.as_json(story.to_dict() | {"output": None if place is None else str(place)})
    else:
        show.console.print(story)
        show.say(f"Written: {place}", "bold green")


def _listed(*, json: bool) -> None:
    from tapetum.cli import show
    from tapetum.lessons import LESSONS

    if json:
        rows = [
            {"key": one.key, "title": one.title, "about": one.about, "takes_data": one.takes_data}
            for one in LESSONS.values()
        ]
        show.as_json({"schema": "tapetum-lessons/1", "lessons": rows})
        return
    show.table(
        ("lesson", "what it is about"), [(one.key, f"{one.title}. {one.about}") for one in LESSONS.values()]
    )
    show.say("tapetum lesson NAME runs one.", "dim")
