"""`tapetum train`."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import JsonOption

_DATA, _LIGHTNING = "The data", "Devices, as Lightning takes them"


@app.command(rich_help_panel="Learn")
def train(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="lines, digits, faces, corners, a folder with a folder of pictures for each class, or an "
            ".h5 or .npz file with pictures and labels.",
        ),
    ],
    *,
    architecture: Annotated[
        str | None,
        typer.Option(
            "--architecture",
            "-a",
            help="article-2, article-3, lenet, lite0 or timm:NAME. Default: what suits the data.",
        ),
    ] = None,
    change: Annotated[
        Literal["head", "all"] | None,
        typer.Option("--train", help="Of lite0 or timm:NAME: the last layer alone, or all. Default: head."),
    ] = None,
    random_weights: Annotated[
        bool, typer.Option("--random-weights", help="Start with random weights; nothing is downloaded.")
    ] = False,
    epochs: Annotated[int, typer.Option(min=1, help="Rounds through the data at most.")] = 20,
    batch: Annotated[int, typer.Option(min=1, help="Pictures in a step.")] = 32,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Of Adam. Default: 0.001, and 0.0001 for all of lite0 or timm:NAME."),
    ] = None,
    patience: Annotated[
        int, typer.Option(min=1, help="Stop after so many epochs without a lower validation loss.")
    ] = 5,
    augment: Annotated[
        str,
        typer.Option(
            help="Change training pictures at random: flip,rotate,shift,zoom,brightness, each with its "
            "amount or without: rotate=15."
        ),
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn at random.")] = 0,
    size: Annotated[
        str | None,
        typer.Option(help="Input size: 64 or 48x64 (rows x columns). Default: that of the pictures."),
    ] = None,
    film: Annotated[
        Path | None,
        typer.Option(
            help="Film the kernels while they learn: as a film (.gif), a page with a slider (.html), before "
            "and after (.png), facts (.json), or all of it for tapetum film (.npz)."
        ),
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option(
            help="In a file, the keys of the pictures and of the labels: images,labels.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Refuse a folder with files that cannot be read.", rich_help_panel=_DATA
        ),
    ] = False,
    accelerator: Annotated[
        str, typer.Option(help="auto, cpu, gpu, mps …", rich_help_panel=_LIGHTNING)
    ] = "auto",
    devices: Annotated[
        str, typer.Option(help="How many, or which: 2, or 0,2; auto for all.", rich_help_panel=_LIGHTNING)
    ] = "1",
    strategy: Annotated[
        str, typer.Option(help="How several share the work: auto, ddp …", rich_help_panel=_LIGHTNING)
    ] = "auto",
    precision: Annotated[
        str, typer.Option(help="32-true, 16-mixed, bf16-mixed …", rich_help_panel=_LIGHTNING)
    ] = "32-true",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The folder of the network, for --model. Default: tapetum-DATA (with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Train a network on labelled pictures, and write it into a folder that --model takes."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.loading import rows_and_columns
    from tapetum.pictures import check_place, display_name
    from tapetum.results import REEL_SUFFIXES, check_training_folder

    place = output or (None if json else Path(f"tapetum-{Path(display_name(os.path.abspath(data))).stem}"))
    if place is not None:
        check_training_folder(place)
    if film is not None:
        check_place(film, "A film is", REEL_SUFFIXES)
    flags: dict[str, Any] = {
        "accelerator": accelerator,
        "devices": int(devices) if devices.isdecimal() else devices,
        "strategy": strategy,
        "precision": precision,
    }
    # Lightning runs this command once for each device; the first one tells and writes.
    first = os.environ.get("LOCAL_RANK", "0") == "0"
    with show.one_more_batch() as stop, show.progress(quiet=json or not first):
        found = workflows.train(
            data,
            architecture,
            change=change,
            pretrained=not random_weights,
            size=None if size is None else rows_and_columns(size),
            keys=None if keys is None else keys.split(","),
            strict=strict,
            epochs=epochs,
            batch=batch,
            learning_rate=learning_rate,
            patience=patience,
            augment=augment,
            seed=seed,
            film=film is not None,
            stop=stop,
            trainer=flags,
        )
    if not first:
        return
    if place is not None:
        found.save(place)
    if film is not None and found.film is not None:
        found.film.save(film)
    if json:
        places = {"output": place, "film": film}
        written = {name: None if where is None else str(where) for name, where in places.items()}
        show.as_json(found.to_dict() | written)
    else:
        show.console.print(found)
        show.skipped(found.data.skipped)
        for written_place in filter(None, (place, film)):
            show.say(f"Written: {written_place}", "bold green")
        show.say(f"tapetum explain PICTURE --model {place}", "dim")
    if found.ending == "interrupted":
        show.notes.print(f"Interrupted in epoch {len(found.history)}: the best weights so far were kept.")
        raise typer.Exit(INTERRUPTED)
