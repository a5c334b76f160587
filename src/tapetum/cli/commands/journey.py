"""`tapetum journey`."""

from pathlib import Path
from typing import Annotated

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import JsonOption, TopOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="Inside the network")
@takes_network
def journey(
    picture: Annotated[
        str, typer.Argument(metavar="PICTURE", help="A file, or sample:NAME (cat, astronaut, coffee …).")
    ] = "sample:cat",
    *,
    layer: Annotated[
        list[str] | None,
        typer.Option(
            "--layer",
            "-l",
            help="A layer to look at, or 'all'; may be repeated. Default: the first layers operation by "
            "operation, every pooling, every stage, the last vectors.",
        ),
    ] = None,
    strongest: Annotated[
        int | None,
        typer.Option(min=1, help="How many maps of each layer. Default: all, with '--layer all' 32."),
    ] = None,
    top: TopOption = 5,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A tall picture (.png, .pdf) or a page (.html). Default: tapetum-journey.png "
            "(with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Follow a picture through the network: every step from the pixels to the verdict."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened_one
    from tapetum.pictures.names import printable
    from tapetum.results import check_journey_place

    place = output or (None if json else Path("tapetum-journey.png"))
    if place is not None:
        check_journey_place(place)
    given = opened_one(picture)
    network = load()
    wanted = "all" if layer and "all" in layer else layer
    with show.progress(quiet=json):
        found = workflows.journey(network, given, layer=wanted, strongest=strongest, top=top)
        if place is not None:
            found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
        return
    show.prediction(found.prediction)
    for note in found.picture.notes:
        show.say(f"  note: {printable(note)}", "dim")
    show.console.print(found)
    for sentence in found.kernels.sentences() if found.kernels else ():
        show.say(sentence, "dim")
    show.say(
        "silent: channels that stay below 1 % of the layer's largest value; zeros: values that are 0.", "dim"
    )
    show.say(f"Journey: {place}", "bold green")
