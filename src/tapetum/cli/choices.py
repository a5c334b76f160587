"""The options that several commands share, and how they become arguments of `load`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

_NETWORK = "The network"
_PREPARATION = "How pictures become input (where the network's source does not say, or to override it)"

ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="lite0, lite1, lite2, timm:NAME, torchvision:NAME, keras:NAME, a folder that tapetum train "
        "wrote, a file of weights, model.keras, design.toml, model.pt2, or package.module:factory.",
        rich_help_panel=_NETWORK,
    ),
]
RandomOption = Annotated[
    bool,
    typer.Option("--random-weights", help="Random weights; nothing is downloaded.", rich_help_panel=_NETWORK),
]
ArchitectureOption = Annotated[
    str | None,
    typer.Option(
        help="What a weights file belongs to: timm:NAME or torchvision:NAME.", rich_help_panel=_NETWORK
    ),
]
TrustOption = Annotated[
    bool,
    typer.Option(
        "--trust-code", help="Run the code that a .pt2 or a factory carries.", rich_help_panel=_NETWORK
    ),
]
DeviceOption = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 …", rich_help_panel=_NETWORK)]
EngineOption = Annotated[
    Literal["auto", "torch", "openvino"],
    typer.Option(help="What runs forward passes.", rich_help_panel=_NETWORK),
]
PrecisionOption = Annotated[
    Literal["float32", "bfloat16"], typer.Option(help="Of forward-only work.", rich_help_panel=_NETWORK)
]
LabelsOption = Annotated[
    Path | None,
    typer.Option(help="A file with one label per line, or a JSON list.", rich_help_panel=_NETWORK),
]
SizeOption = Annotated[
    str | None,
    typer.Option(help="Input size: 224 or 240x320 (rows x columns).", rich_help_panel=_PREPARATION),
]
ChannelsOption = Annotated[
    int | None,
    typer.Option(help="Input channels of your own module: 1 (grey) or 3.", rich_help_panel=_PREPARATION),
]
MeanOption = Annotated[
    str | None, typer.Option(help="One number or one per channel: 0.5,0.5,0.5", rich_help_panel=_PREPARATION)
]
StdOption = Annotated[
    str | None, typer.Option(help="One number or one per channel: 0.5,0.5,0.5", rich_help_panel=_PREPARATION)
]
CropOption = Annotated[
    float | None,
    typer.Option(help="Share of the shorter side that is seen, 0 to 1.", rich_help_panel=_PREPARATION),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
TopOption = Annotated[int, typer.Option(min=1, help="How many classes to tell.")]
PICTURES = typer.Argument(
    metavar="PICTURE",
    help="Files, folders, or sample:NAME (cat, astronaut, coffee, rocket, flower, temple).",
)
PicturesArgument = Annotated[list[str], PICTURES]
PICTURE = typer.Argument(
    metavar="PICTURE", help="A file, or sample:NAME (cat, astronaut, coffee, rocket, flower, temple)."
)
AtOption = Annotated[
    str | None,
    typer.Option(metavar="ROW,COLUMN", help="A position of the layer's own map, counted from 0."),
]
