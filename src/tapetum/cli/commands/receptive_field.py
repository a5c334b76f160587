"""`tapetum receptive-field`."""

from pathlib import Path
from typing import Annotated

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import AtOption, JsonOption, PicturesArgument
from tapetum.cli.loading import Loader, takes_network


@app.command("receptive-field", rich_help_panel="Inside the network")
@takes_network
def receptive_field(
    pictures: PicturesArgument,
    *,
    layer: Annotated[
        str, typer.Option("--layer", "-l", help="A layer's name, as `tapetum layers` lists it.")
    ],
    at: AtOption = None,
    channel: Annotated[
        int | None, typer.Option("--channel", "-c", help="Whose effect is shown. Default: all together.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The drawing (.png) or the field (.npz). Default: tapetum-field.png (with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Draw what one position of a layer can see of the picture, and what it sees in effect."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened
    from tapetum.pictures import check_place

    place = output or (None if json else Path("tapetum-field.png"))
    if place is not None:
        check_place(place, "A receptive field is", (".png", ".npz"))
    row, column = workflows.position(at)
    given = opened(pictures)
    network = load()
    with show.progress(quiet=json):
        found = workflows.receptive_field(network, given, layer, row, column, channel=channel)
    if place is not None:
        found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
    else:
        for sentence in found.sentences():
            show.say(sentence)
        show.say(f"Drawing: {place}", "bold green")
