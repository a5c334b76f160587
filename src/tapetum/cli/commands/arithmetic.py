"""`tapetum arithmetic`."""

from typing import Annotated

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import PICTURE, AtOption, JsonOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="Inside the network")
@takes_network
def arithmetic(
    picture: Annotated[str, PICTURE],
    *,
    layer: Annotated[
        str, typer.Option("--layer", "-l", help="A layer's name, as `tapetum layers` lists it.")
    ],
    channel: Annotated[int, typer.Option("--channel", "-c", help="A channel of the layer, counted from 0.")],
    at: AtOption = None,
    whole: Annotated[bool, typer.Option("--all", help="Every channel, not only the strongest.")] = False,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Write out how one number inside the network is computed: every term of the sum."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened_one

    row, column = workflows.position(at)
    given = opened_one(picture)
    network = load()
    found = workflows.arithmetic(network, given, layer, channel, row, column)
    if json:
        show.as_json(found.to_dict())
    else:
        show.console.print(found.rich(shown=None) if whole else found)
