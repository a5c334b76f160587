"""`tapetum compare`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import JsonOption, PicturesArgument
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="About pictures")
@takes_network
def compare(
    pictures: PicturesArgument,
    *,
    methods: Annotated[
        str,
        typer.Option("--methods", help="all, or names with commas between: saliency,gradcam:layer=blocks.5"),
    ] = "all",
    quality: Annotated[
        Literal["quick", "full"],
        typer.Option(help="quick: fewer samples, under ten minutes for two pictures; full: everything."),
    ] = "quick",
    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t", help="A class or a difference 'one - other'. Default: the predicted class."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The table as .json or .csv. Default: tapetum-comparison.json (with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Compare methods: what each costs, and how far its maps can be trusted."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened
    from tapetum.results import check_comparison_place

    place = output or (None if json else Path("tapetum-comparison.json"))
    if place is not None:
        check_comparison_place(place)
    given = opened(pictures)
    chosen = methods if methods == "all" else workflows.parsed_methods(methods)
    network = load()
    with show.one_more_batch("Finishing this step; Ctrl-C again to stop at once.") as stop:
        with show.progress(quiet=json):
            found = workflows.compare(network, given, chosen, quality=quality, target=target, stop=stop)
        interrupted = stop()
    if place is not None:
        found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
    else:
        show.comparison(found)
        show.say(f"Table: {place}", "bold green")
    if interrupted:
        show.notes.print("Interrupted: the table holds what was measured so far.")
        raise typer.Exit(INTERRUPTED)
