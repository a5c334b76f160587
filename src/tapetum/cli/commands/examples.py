"""`tapetum examples`."""

from pathlib import Path
from typing import Annotated

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import JsonOption
from tapetum.cli.loading import Loader, takes_network

_SHOWN = 64


@app.command(rich_help_panel="Inside the network")
@takes_network
def examples(
    folder: Annotated[
        list[str],
        typer.Argument(
            metavar="FOLDER",
            help="Folders (with the folders in them), files, sample:NAME, or samples for all of these.",
        ),
    ],
    *,
    layer: Annotated[
        str | None,
        typer.Option("--layer", "-l", help="Its name. Default: the last one with rows and columns."),
    ] = None,
    top: Annotated[
        int | None, typer.Option(min=1, max=100, help="How many pictures to keep for a channel. Default: 9.")
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(help=f"Which channels to show: all, or 0-8,12. Default: the first {_SHOWN}."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The .npz that keeps everything. Where it exists it is extended, and what it has seen is "
            "not looked at again. Default: tapetum-examples-LAYER.npz (with --json: none).",
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            help="What to look at: a page (.html) or a sheet (.png, .jpg, .webp). "
            "Default: beside the .npz, as .html (with --json: none)."
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Find the real pictures, and the places in them, that drive each channel of a layer most."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.pictures import check_place
    from tapetum.results.examples_file import KEPT, SHOWN

    if output is not None:
        check_place(output, "Examples are", KEPT)
    if sheet is not None:
        check_place(sheet, "A sheet is", SHOWN)
    workflows.check_collection(folder)
    network = load()
    shown = None if channel is None else workflows.channel_numbers(network, layer, channel)
    if output is None and not json:
        output = Path(f"tapetum-examples-{network.layer(layer).name.replace('/', '-')}.npz")
    if sheet is None and not json and output is not None:
        sheet = output.with_suffix(".html")
    with show.one_more_batch() as stop, show.progress(quiet=json):
        found = workflows.examples(network, folder, layer, top, file=output, stop=stop)
        interrupted = stop()
    visible = shown or tuple(range(len(found) if json else min(_SHOWN, len(found))))
    if sheet is not None:
        found.save(sheet, visible)
    places = {"output": output, "sheet": sheet}
    if json:
        show.as_json(
            {
                "schema": "tapetum-examples/1",
                "network": network.facts().to_dict(),
                "versions": workflows.versions(),
                **found.to_dict(visible),
                **{name: None if place is None else str(place) for name, place in places.items()},
            }
        )
    else:
        show.examples(found, visible)
        show.say(f"Kept: {output}", "bold green")
        show.say(f"To look at: {sheet}", "bold green")
    if interrupted:
        show.notes.print(
            f"Interrupted: {len(found.seen)} pictures were looked at; the same command goes on from there."
        )
        raise typer.Exit(INTERRUPTED)
