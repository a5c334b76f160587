"""`tapetum evaluate`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import JsonOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="Learn")
@takes_network
def evaluate(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="The network, as --model of other commands names it.")
    ],
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="lines, digits, faces, a folder with a folder of pictures for each class, or an .h5 or .npz "
            "file with pictures and labels.",
        ),
    ],
    *,
    part: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(
            help="Of the data alone: the part that they bring, else the one that `train` makes of them."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the parts that are made, as `train` had it.")] = 0,
    keys: Annotated[
        str | None, typer.Option(help="Of pictures and labels in a file, with a comma between.")
    ] = None,
    shown: Annotated[
        int, typer.Option(min=0, help="Mistakes with heatmaps, at most, of each pair of classes.")
    ] = 6,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse pictures that cannot be read, instead of skipping them.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The page (.html), the confusion matrix (.png) or the facts (.json). "
            "Default: tapetum-scores.html (with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Score a network on labelled pictures, and show its mistakes with their heatmaps."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.pictures import check_place
    from tapetum.results import SCORES_SUFFIXES

    place = output or (None if json else Path("tapetum-scores.html"))
    if place is not None:
        check_place(place, "Scores are", SCORES_SUFFIXES)
    network = load(model=model)
    with show.progress(quiet=json):
        found = workflows.evaluate(
            network,
            data,
            part=part,
            seed=seed,
            keys=None if keys is None else keys.split(","),
            shown=shown,
            strict=strict,
        )
    if place is not None:
        found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
        return
    show.console.print(found)
    show.say(f"Written: {place}", "bold green")
    if found.skipped:
        show.notes.print(f"{len(found.skipped)} pictures were skipped; --json names them.", style="yellow")
