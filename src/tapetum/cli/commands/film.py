"""`tapetum film`."""

from pathlib import Path
from typing import Annotated

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import JsonOption


@app.command(rich_help_panel="Learn")
def film(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A film of a training (.npz).")],
    *,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help="The page with its slider (.html), the kernels as a film (.gif), filters before and after "
            "(.png), or the facts (.json); may be repeated. Default: nothing is written.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Tell what a film of a training holds, and write it as a page, a GIF or a picture."""
    from tapetum.cli import show
    from tapetum.pictures import check_place
    from tapetum.results import REEL_SUFFIXES, Reel

    places = output or []
    for place in places:
        check_place(place, "A film is", REEL_SUFFIXES)
    found = Reel.load(file)
    with show.progress(quiet=json):
        for place in places:
            found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": [str(place) for place in places]})
        return
    show.console.print(found)
    for place in places:
        show.say(f"Written: {place}", "bold green")
