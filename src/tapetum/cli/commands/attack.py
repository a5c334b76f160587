"""`tapetum attack`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import JsonOption, PicturesArgument, TopOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="About pictures")
@takes_network
def attack(
    pictures: PicturesArgument,
    *,
    target: Annotated[
        str | None,
        typer.Option("--target", "-t", help="The class to be seen (label or index). Default: any other."),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="fgsm, iterative-fgsm, pgd, carlini-wagner, deepfool, or universal (one change for all "
            "pictures), with options as in pgd:starts=3,step_size=0.002.",
        ),
    ] = "pgd",
    epsilon: Annotated[
        str | None,
        typer.Option(
            help="How far a picture may be changed, of its brightness 0 to 1. Default: 4/255, or 2 for l2. "
            "carlini-wagner and deepfool look for the shortest change instead."
        ),
    ] = None,
    norm: Annotated[
        Literal["linf", "l2"] | None,
        typer.Option(help="linf: the largest change of any value. l2: the Euclidean length."),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Of methods that take several.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of methods that start at random: pgd.")] = None,
    up_to: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Look for the smallest budget that is enough, up to so many 1/255; 0: do not look. "
            "Default: 32, or 1275 for l2.",
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="Another network to try the pictures on; may be repeated."),
    ] = None,
    top: TopOption = 3,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A folder for everything; or only the changed picture (.png), the page (.html) or the facts "
            "(.json). Default: tapetum-attack (with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Fool the network: change pictures so little that nobody sees it, and so that it says something else."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened
    from tapetum.results import check_attack_place

    place = output or (None if json else Path("tapetum-attack"))
    key, options = workflows.parsed_attack(method)
    options |= {name: value for name, value in (("steps", steps), ("seed", seed)) if value is not None}
    workflows.check_attack(key, epsilon=epsilon, norm=norm, options=options)
    given = opened(pictures)
    if place is not None:
        check_attack_place(place, len(given))
    network = load()
    others = [workflows.open_network(name) for name in also or ()]
    with show.one_more_batch() as stop, show.progress(quiet=json):
        found = workflows.attack(
            network,
            given,
            target,
            method=key,
            epsilon=epsilon,
            norm=norm,
            up_to=up_to,
            also=others,
            top=top,
            stop=stop,
            **options,
        )
        interrupted = stop()
    if place is not None:
        found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
    else:
        show.console.print(found)
        show.say(f"Written: {place}", "bold green")
    if interrupted:
        show.notes.print(f"Interrupted: {len(found)} of {len(given)} pictures were attacked.")
        raise typer.Exit(INTERRUPTED)
