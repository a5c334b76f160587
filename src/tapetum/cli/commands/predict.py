"""`tapetum predict`."""

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
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Print the strongest classes of each picture."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened

    given = opened(pictures)
    network = load()
    with show.one_more_batch() as stop, show.progress(quiet=json):
        found = workflows.predict(network, given, top=top, stop=stop)
        interrupted = stop()
    if json:
        show.as_json(
            {
                "schema": "tapetum-predict/1",
                "network": network.facts(found[0].engine).to_dict(),
                "versions": workflows.versions(),
                "pictures": [prediction.to_dict() for prediction in found],
            }
        )
    else:
        for prediction in found:
            show.prediction(prediction)
    if interrupted:
        show.notes.print(f"Interrupted: {len(found)} of {len(given)} pictures were classified.")
        raise typer.Exit(INTERRUPTED)
