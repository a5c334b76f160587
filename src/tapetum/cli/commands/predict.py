"""`tapetum predict`."""

from pathlib import Path
from typing import Annotated

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import JsonOption, PicturesArgument, TopOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="About pictures")
@takes_network
def predict(
    pictures: PicturesArgument,
    *,
    top: TopOption = 5,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="A table (.csv, a row per picture and class) or everything (.json)."
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Print the strongest classes of each picture, or write them to a file.

    What cannot be read in a folder is skipped and named; a picture named by you must be readable.
    """
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import named
    from tapetum.results import check_predictions_place

    if output is not None:
        check_predictions_place(output)
    given, skippable = named(pictures)
    network = load()
    with show.one_more_batch() as stop, show.progress(quiet=json):
        found = workflows.predict(network, given, top=top, skippable=skippable, stop=stop)
        interrupted = stop()
    if output is not None:
        found.save(output)
    if json:
        show.as_json(found.to_dict())
    else:
        show.predictions(found, output)
    if interrupted:
        done = len(found) + len(found.skipped)
        show.notes.print(f"Interrupted: {done} of {len(given)} pictures were classified.")
        raise typer.Exit(INTERRUPTED)
