"""`tapetum dream`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import JsonOption
from tapetum.cli.loading import Loader, takes_network
from tapetum.errors import MethodError

if TYPE_CHECKING:
    from PIL.Image import Image


@app.command(rich_help_panel="Inside the network")
@takes_network
def dream(
    picture: Annotated[
        str,
        typer.Argument(
            metavar="PICTURE", help="A file or sample:NAME (cat, astronaut, coffee, rocket, flower, temple)."
        ),
    ],
    *,
    layer: Annotated[
        list[str] | None,
        typer.Option(
            "--layer",
            "-l",
            help="More of whatever this layer sees; may be repeated. Default: one in the middle.",
        ),
    ] = None,
    channel: Annotated[
        str | None, typer.Option(help="Only these channels of the layer: 3,17 or 0-8.")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", "-t", help="More of a class (label or index); may be repeated."),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(help="All of it in one text, with weights: 'layer3:* + 0.5*class:zebra'."),
    ] = None,
    guide: Annotated[
        str | None, typer.Option(help="A second picture, whose features the layers are drawn to.")
    ] = None,
    side: Annotated[
        int | None,
        typer.Option(help="Longer side of the result in pixels. Default: the picture's own."),
    ] = None,
    octaves: Annotated[int, typer.Option(help="At how many sizes, from coarse to fine.")] = 4,
    scale: Annotated[float, typer.Option(help="How much larger each size is than the one before.")] = 1.4,
    steps: Annotated[int, typer.Option(help="Steps at each size.")] = 10,
    rate: Annotated[float, typer.Option(help="Mean change of a step, in 1/255.")] = 1.5,
    gif: Annotated[Path | None, typer.Option(help="A zoom into the dream as an endless film (.gif).")] = None,
    frames: Annotated[int, typer.Option(help="Frames of the film.")] = 24,
    zoom: Annotated[float, typer.Option(help="How much larger the middle is in each frame.")] = 1.05,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same dream.")] = 0,
    memory: Annotated[str, typer.Option(help="What a window of a large picture may take.")] = "768MiB",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The picture (.png, .jpg, .webp). Default: tapetum-dream.png (with --json: none).",
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Write the picture after every step, for a viewer to follow.")
    ] = False,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Dream: change a photograph towards what a layer, a channel or a class sees in it."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened
    from tapetum.pictures import check_place
    from tapetum.results.dream import MOVING, STILL

    place = output or (None if json else Path("tapetum-dream.png"))
    if place is not None:
        check_place(place, "A dream is", STILL)
    if gif is not None:
        check_place(gif, "A film is", [MOVING])
    if objective is not None and (layer or channel or target):
        raise MethodError("--objective says everything. Leave --layer, --channel and --target out.")
    (given,), guiding = opened([picture]), None if guide is None else opened([guide])[0]
    network = load()
    wanted = (
        workflows.dream_objective(network, layer or [], channel, target or [])
        if objective is None
        else objective
    )
    words = "Ending the dream as it is; Ctrl-C again to stop at once."
    with show.one_more_batch(words) as stop, show.progress(quiet=json):
        found = workflows.dream(
            network,
            given,
            wanted,
            guide=guiding,
            side=side,
            octaves=octaves,
            scale=scale,
            steps=steps,
            rate=rate,
            frames=0 if gif is None else frames,
            zoom=zoom,
            seed=seed,
            memory=memory,
            watch=partial(_written, place) if watch and place is not None else None,
            stop=stop,
        )
    if place is not None:
        found.save(place)
    if gif is not None:
        found.save(gif)
    if json:
        show.as_json(
            {
                "schema": "tapetum-dream/1",
                "network": network.facts().to_dict(),
                "versions": workflows.versions(),
                **found.to_dict(),
                "output": None if place is None else str(place),
                "gif": None if gif is None else str(gif),
            }
        )
    else:
        show.dream(found)
        for written in filter(None, (place, gif)):
            show.say(f"Dream: {written}", "bold green")
    if not found.finished:
        show.notes.print("Interrupted: this is the dream as far as it came.")
        raise typer.Exit(INTERRUPTED)


def _written(place: Path, image: "Image") -> None:
    from tapetum.pictures import open_picture

    open_picture(image).save(place)
