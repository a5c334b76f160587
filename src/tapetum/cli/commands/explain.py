"""`tapetum explain`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import PICTURES, JsonOption, TopOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="About pictures")
@takes_network
def explain(
    pictures: Annotated[list[str] | None, PICTURES] = None,
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            "-t",
            help="A class (label or index) or a difference 'one - other'; may be repeated. "
            "Default: the predicted class.",
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", help="NAME or NAME:option=value,…; may be repeated; see `tapetum methods`."),
    ] = None,
    top: TopOption = 5,
    smooth: Annotated[
        int | None,
        typer.Option(min=1, help="Average every map over so many changed copies of each picture."),
    ] = None,
    smooth_by: Annotated[
        Literal["noise", "shifts"], typer.Option(help="What changes the copies of --smooth.")
    ] = "noise",
    faithful: Annotated[
        bool,
        typer.Option(
            "--faithful",
            help="Put every map on trial: hide what it marks, show only that, and watch the score.",
        ),
    ] = False,
    journey: Annotated[
        bool,
        typer.Option("--journey", help="Show in the report every step from the pixels to the verdict."),
    ] = False,
    evidence: Annotated[
        bool,
        typer.Option(
            "--evidence",
            help="Follow every target back through the strongest units to patches of the picture.",
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The report. Default: tapetum-report.html (with --json: none)."),
    ] = None,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Explain pictures: classes, heatmaps, and a report that opens anywhere."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened
    from tapetum.report import check_place

    place = output or (None if json else Path("tapetum-report.html"))
    if place is not None:
        check_place(place)
    given = opened(pictures or ["sample:cat"])
    methods = None if method is None else workflows.parsed_methods(method)
    network = load()
    targets: list[Any] = list(target) if target else [None]
    with show.one_more_batch() as stop, show.progress(quiet=json):
        found = workflows.explain(
            network,
            given,
            methods=methods,
            targets=targets,
            top=top,
            smooth=smooth,
            smooth_by=smooth_by,
            faithful=faithful,
            journey=journey,
            evidence=3 if evidence else None,
            stop=stop,
        )
        interrupted = stop()
    if place is not None:
        found.save(place)
    if json:
        show.as_json(found.to_dict() | {"report": None if place is None else str(place)})
    else:
        show.explanation(found)
        show.say(f"Report: {place}", "bold green")
    if interrupted:
        show.notes.print(f"Interrupted: {len(found.pictures)} of {len(given)} pictures were explained.")
        raise typer.Exit(INTERRUPTED)
