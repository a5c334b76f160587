"""`tapetum visualise`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import JsonOption
from tapetum.cli.loading import Loader, takes_network
from tapetum.errors import MethodError

_WAYS = "Instead of an objective"
_MORE = "How pictures are made"


@app.command(rich_help_panel="About the network")
@takes_network
def visualise(
    objectives: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OBJECTIVE",
            help="class:LABEL, LAYER:CHANNEL, LAYER:CHANNEL@ROW,COLUMN, LAYER:* or a sum such as "
            "'class:leopard + 0.5*class:zebra'; each gets a picture.",
        ),
    ] = None,
    *,
    layer: Annotated[
        str | None, typer.Option("--layer", help="The layer of --all and --grid.", rich_help_panel=_WAYS)
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Every channel of --layer on one sheet; goes on where it was interrupted.",
            rich_help_panel=_WAYS,
        ),
    ] = False,
    grid: Annotated[
        str | None,
        typer.Option(
            "--grid",
            metavar="PICTURE",
            help="What a layer sees at every place of this photograph.",
            rich_help_panel=_WAYS,
        ),
    ] = None,
    quality: Annotated[
        Literal["preview", "standard", "high"],
        typer.Option(
            help="128 or 512 steps, or MACO: minutes a picture, with the spectrum of photographs.",
            rich_help_panel=_MORE,
        ),
    ] = "standard",
    preview: Annotated[
        bool, typer.Option("--preview", help="The same as --quality preview.", rich_help_panel=_MORE)
    ] = False,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Instead of what the quality wants.", rich_help_panel=_MORE),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of starts and moves.", rich_help_panel=_MORE)] = 0,
    copies: Annotated[
        int, typer.Option(min=1, help="So many different pictures for each objective.", rich_help_panel=_MORE)
    ] = 1,
    diversity: Annotated[
        float,
        typer.Option(min=0.0, help="How strongly copies are kept from being alike.", rich_help_panel=_MORE),
    ] = 100.0,
    blend: Annotated[
        int | None,
        typer.Option(
            min=3,
            help="So many pictures from the first of two objectives to the second.",
            rich_help_panel=_MORE,
        ),
    ] = None,
    total_variation: Annotated[
        float, typer.Option(min=0.0, help="Against changes between neighbours.", rich_help_panel=_MORE)
    ] = 0.0,
    lp_norm: Annotated[
        float, typer.Option(min=0.0, help="Against black and white.", rich_help_panel=_MORE)
    ] = 0.0,
    examples: Annotated[
        Path | None,
        typer.Option(
            help="The .npz of `tapetum examples`: the photographs that drive a channel most, put beside it.",
            rich_help_panel=_MORE,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A picture (.png, .jpg, .webp), how it came about (.gif), or a page (.html). "
            "Default: tapetum-visualisation.png (with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Make pictures of what units of the network look for."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened
    from tapetum.results import Examples, check_visualisation_place

    _check(objectives, layer, every=every, grid=grid)
    place = output or (None if json else Path("tapetum-visualisation.png"))
    if place is not None:
        check_visualisation_place(place)
    photographs = None if examples is None else Examples.load(examples)
    photograph = None if grid is None else opened([grid])[0]
    quality = "preview" if preview else quality
    network = load()
    if photographs is not None:
        photographs.check(network.name, network.fingerprint, photographs.layer, photographs.k)
    with show.one_more_batch("Stopping after this step; Ctrl-C again to stop at once.") as stop:
        with show.progress(quiet=json):
            if photograph is not None:
                found = workflows.activation_grid(
                    network, photograph, layer, steps=steps, seed=seed, stop=stop
                )
            elif every and layer is not None:
                found = workflows.visualise_layer(
                    network, layer, quality=quality, steps=steps, seed=seed, stop=stop
                )
            else:
                found = workflows.visualise(
                    network,
                    objectives or [],
                    quality=quality,
                    steps=steps,
                    copies=copies,
                    diversity=diversity,
                    blend=blend,
                    total_variation=total_variation,
                    lp_norm=lp_norm,
                    seed=seed,
                    stop=stop,
                )
        interrupted = stop()
    if place is not None and len(found):
        found.save(place)
    if photographs is not None and len(found):
        found = photographs.beside(found)
        if place is not None:
            found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
    else:
        show.console.print(found)
        if len(found):
            show.say(f"Picture: {place}", "bold green")
    if interrupted:
        show.notes.print("Interrupted: the pictures are as far as they had come.")
        raise typer.Exit(INTERRUPTED)


def _check(objectives: list[str] | None, layer: str | None, *, every: bool, grid: str | None) -> None:
    """Refuse what does not go together, before the network is loaded."""
    ways = [bool(objectives), every, grid is not None]
    if sum(ways) != 1:
        raise MethodError(
            "Objectives, --all and --grid exclude each other. Choose one of them."
            if any(ways)
            else "Nothing to show was named. Give an objective such as class:leopard, or --layer LAYER "
            "--all, or --grid PICTURE."
        )
    if every and layer is None:
        raise MethodError("--all needs to know of which layer. Add --layer LAYER.")
    if layer is not None and objectives:
        raise MethodError("--layer belongs to --all and --grid. Write LAYER:CHANNEL instead.")
