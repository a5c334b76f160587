"""`tapetum evidence`."""

from pathlib import Path
from typing import Annotated

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import PICTURE, JsonOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="Inside the network")
@takes_network
def evidence(
    picture: Annotated[str, PICTURE] = "sample:cat",
    *,
    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t", help="A class or a difference 'one - other'. Default: the predicted class."
        ),
    ] = None,
    width: Annotated[
        int, typer.Option("--width", min=1, max=8, help="How many channels are kept at each step.")
    ] = 3,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The tree (.png), or a page with every sum written out (.html). "
            "Default: tapetum-evidence.png (with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Follow the verdict back through the strongest units to patches of the picture."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened_one
    from tapetum.pictures import check_place

    place = output or (None if json else Path("tapetum-evidence.png"))
    if place is not None:
        check_place(place, "An evidence path is", (".png", ".html", ".htm"))
    given = opened_one(picture)
    network = load()
    with show.progress(quiet=json):
        explained = workflows.explain(network, given, methods=[], targets=target, evidence=width)
    found = explained.evidence[0][0]
    if place is not None:
        if place.suffix.lower() == ".png":
            found.save(place)
        else:
            explained.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
    else:
        show.evidence(found)
        show.say(f"Evidence: {place}", "bold green")
