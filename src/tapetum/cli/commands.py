"""The commands and their options."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tapetum import __version__
from tapetum.cli.choices import (
    ArchitectureOption,
    ChannelsOption,
    CropOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    LabelsOption,
    MeanOption,
    ModelOption,
    PrecisionOption,
    RandomOption,
    SizeOption,
    StdOption,
    TopOption,
    TrustOption,
    load_options,
)

app = typer.Typer(
    help="Shows how a convolutional network recognises a picture, from the pixels to the verdict.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_INTERRUPTED = 130

PicturesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PICTURE",
        help="Files, folders, or sample:NAME (cat, astronaut, coffee, rocket, flower, temple).",
    ),
]


@app.callback(invoke_without_command=True)
def tapetum(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Shows how a convolutional network recognises a picture, from the pixels to the verdict."""
    if version:
        print(f"tapetum {__version__}")
        raise typer.Exit


@app.command()
def explain(
    pictures: PicturesArgument = None,
    *,
    model: ModelOption = "lite0",
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
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The report. Default: tapetum-report.html (with --json: none)."),
    ] = None,
    json: JsonOption = False,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
    precision: PrecisionOption = "float32",
    labels: LabelsOption = None,
    trust_code: TrustOption = False,
    random_weights: RandomOption = False,
    architecture: ArchitectureOption = None,
    size: SizeOption = None,
    channels: ChannelsOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    crop: CropOption = None,
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
    network = _network(locals())
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
        raise typer.Exit(_INTERRUPTED)


@app.command()
def predict(
    pictures: Annotated[list[str], typer.Argument(metavar="PICTURE", help="Files, folders, or sample:NAME.")],
    *,
    model: ModelOption = "lite0",
    top: TopOption = 5,
    json: JsonOption = False,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
    precision: PrecisionOption = "float32",
    labels: LabelsOption = None,
    trust_code: TrustOption = False,
    random_weights: RandomOption = False,
    architecture: ArchitectureOption = None,
    size: SizeOption = None,
    channels: ChannelsOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    crop: CropOption = None,
) -> None:
    """Print the strongest classes of each picture."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened

    given = opened(pictures)
    network = _network(locals())
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
        raise typer.Exit(_INTERRUPTED)


@app.command()
def compare(
    pictures: Annotated[list[str], typer.Argument(metavar="PICTURE", help="Files, folders, or sample:NAME.")],
    *,
    model: ModelOption = "lite0",
    methods: Annotated[
        str,
        typer.Option("--methods", help="all, or names with commas between: saliency,gradcam:layer=blocks.5"),
    ] = "all",
    quality: Annotated[
        Literal["quick", "full"],
        typer.Option(help="quick: fewer samples, under ten minutes for two pictures; full: everything."),
    ] = "quick",
    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t", help="A class or a difference 'one - other'. Default: the predicted class."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The table as .json or .csv. Default: tapetum-comparison.json (with --json: none).",
        ),
    ] = None,
    json: JsonOption = False,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
    precision: PrecisionOption = "float32",
    labels: LabelsOption = None,
    trust_code: TrustOption = False,
    random_weights: RandomOption = False,
    architecture: ArchitectureOption = None,
    size: SizeOption = None,
    channels: ChannelsOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    crop: CropOption = None,
) -> None:
    """Compare methods: what each costs, and how far its maps can be trusted."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.cli.given import opened
    from tapetum.results import check_comparison_place

    place = output or (None if json else Path("tapetum-comparison.json"))
    if place is not None:
        check_comparison_place(place)
    given = opened(pictures)
    chosen = methods if methods == "all" else workflows.parsed_methods(methods)
    network = _network(locals())
    with show.one_more_batch("Finishing this step; Ctrl-C again to stop at once.") as stop:
        with show.progress(quiet=json):
            found = workflows.compare(network, given, chosen, quality=quality, target=target, stop=stop)
        interrupted = stop()
    if place is not None:
        found.save(place)
    if json:
        show.as_json(found.to_dict() | {"output": None if place is None else str(place)})
    else:
        show.comparison(found)
        show.say(f"Table: {place}", "bold green")
    if interrupted:
        show.notes.print("Interrupted: the table holds what was measured so far.")
        raise typer.Exit(_INTERRUPTED)


@app.command()
def layers(
    *,
    model: ModelOption = "lite0",
    full_names: Annotated[
        bool, typer.Option("--full-names", help="Whole names, as layer= takes them, instead of a tree.")
    ] = False,
    json: JsonOption = False,
    labels: LabelsOption = None,
    trust_code: TrustOption = False,
    random_weights: RandomOption = False,
    architecture: ArchitectureOption = None,
    size: SizeOption = None,
    channels: ChannelsOption = None,
) -> None:
    """Show the network as a tree: shapes, weights, multiply-adds, receptive fields."""
    from tapetum.cli import show

    network = _network(locals())
    if json:
        show.as_json(
            {
                "schema": "tapetum-layers/1",
                "network": network.facts().to_dict(),
                "layers": [
                    {key: value for key, value in vars(layer).items() if key != "places"}
                    | {"spatial": layer.spatial}
                    for layer in network.layers
                ],
            }
        )
        return
    shape = "×".join(map(str, network.input_shape))
    show.layer_tree(
        network.layers,
        full_names=full_names,
        title=f"{network.name}  (input {shape}, {len(network.labels)} classes)",
    )
    total = sum(layer.multiply_adds for layer in network.layers if not layer.container)
    weights, products = (f"{number:,}".replace(",", " ") for number in (network.parameters, total))
    show.say(f"{weights} weights, {products} multiply-adds per picture", "bold")


@app.command()
def methods(json: JsonOption = False) -> None:
    """List the methods with their family, cost and options."""
    from tapetum.cli import show
    from tapetum.registry import METHODS

    if json:
        rows = [
            {
                "key": method.key,
                "title": method.title,
                "family": method.family,
                "cost": method.cost,
                "signed": method.signed,
                "needs_layer": method.needs_layer,
                "complete": method.complete,
                "summary": method.summary,
                "reference": method.reference,
                "options": [vars(option) | {"choices": list(option.choices)} for option in method.options],
            }
            for method in METHODS.values()
        ]
        show.as_json({"schema": "tapetum-methods/1", "methods": rows})
        return
    show.table(
        ("method", "family", "passes", "signed", "complete", "what it shows"),
        [
            (m.key, m.family, m.cost, "yes" if m.signed else "no", "yes" if m.complete else "no", m.summary)
            for m in METHODS.values()
        ],
    )
    show.say(
        "F forward, B backward to the input, b backward of the head only, T forward of the head only", "dim"
    )


@app.command()
def models(
    pattern: Annotated[
        str | None, typer.Argument(help="Part of a name, or a pattern such as 'timm:resnet*'.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the networks that --model knows."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.errors import ModelError

    found = workflows.model_names(pattern)
    if not found:
        raise ModelError(f"No network's name contains {pattern!r}. Try a shorter part, such as 'resnet'.")
    if json:
        rows = [{"name": name, "source": source} for name, source in found]
        show.as_json({"schema": "tapetum-models/1", "models": rows})
    else:
        show.table(("network", "source"), found)


def _network(given: dict[str, Any]) -> Any:
    """Load the network that a command's options describe."""
    from tapetum import workflows
    from tapetum.cli import show

    names = ("size", "channels", "mean", "std", "random_weights", "labels", "architecture", "trust_code")
    options: dict[str, Any] = {
        name: given.get(name) for name in (*names, "crop", "device", "engine", "precision")
    }
    with show.waiting(f"Loading {given['model']}", quiet=given["json"]):
        return workflows.open_network(given["model"], **load_options(**options))
