"""`tapetum pareidolia`."""

from pathlib import Path
from typing import Annotated

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import JsonOption, TopOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="About pictures")
@takes_network
def pareidolia(
    picture: Annotated[str, typer.Argument(metavar="PICTURE", help="A file, or sample:NAME.")],
    *,
    target: Annotated[
        str | None,
        typer.Option("--target", "-t", help="The class in question. Default: the predicted one."),
    ] = None,
    grid: Annotated[
        str, typer.Option(help="Parts a side, one number or several with commas between.")
    ] = "2,3,4,6",
    repetitions: Annotated[int, typer.Option(min=1, help="Shuffles of each grid.")] = 10,
    strongest: Annotated[
        int | None,
        typer.Option(min=2, help="Only so many parts change places, those with most evidence."),
    ] = None,
    by: Annotated[str, typer.Option(help="The method that tells which parts these are.")] = "gradcam",
    seed: Annotated[int, typer.Option(min=0, help="Of the shuffles.")] = 0,
    top: TopOption = 3,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The page (.html), the sheet (.png) or the facts (.json). Default: tapetum-pareidolia.html "
            "(with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Shuffle the parts of a picture, and see whether the network still says the same."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened
    from tapetum.errors import PictureError
    from tapetum.pictures import check_place
    from tapetum.results import PAREIDOLIA_SUFFIXES

    place = output or (None if json else Path("tapetum-pareidolia.html"))
    if place is not None:
        check_place(place, "A table of shuffles is", PAREIDOLIA_SUFFIXES)
    grids = _numbers(grid)
    workflows.parsed_methods([by])
    given = opened([picture])
    if len(given) > 1:
        raise PictureError(f"There are {len(given)} pictures in {picture}. Name one of them.")
    network = load()
    with show.one_more_batch("Finishing this grid; Ctrl-C again to stop at once.") as stop:
        with show.progress(quiet=json):
            found = workflows.pareidolia(
                network,
                given[0],
                target,
                grids=grids,
                repetitions=repetitions,
                strongest=strongest,
                by=by,
                seed=seed,
                top=top,
                stop=stop,
            )
        interrupted = stop()
    if place is not None:
        found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
    else:
        show.console.print(found)
        show.say(f"Written: {place}", "bold green")
    if interrupted:
        show.notes.print(f"Interrupted: {len(found.grids)} of {len(grids)} grids were shuffled.")
        raise typer.Exit(INTERRUPTED)


def _numbers(text: str) -> list[int]:
    from tapetum.errors import MethodError

    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise MethodError(f"--grid is {text!r}. Give numbers of parts a side, such as 2,3,4.") from None
