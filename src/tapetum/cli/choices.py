"""The options that several commands share, and how they become arguments of `load`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tapetum.errors import ModelError

_NETWORK = "The network"
_PREPARATION = "How pictures become input (where the network's source does not say, or to override it)"

ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="lite0, lite1, lite2, timm:NAME, torchvision:NAME, a file of weights, model.pt2, or "
        "package.module:factory.",
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


def load_options(
    *,
    size: str | None,
    channels: int | None,
    mean: str | None,
    std: str | None,
    random_weights: bool,
    **rest: Any,
) -> dict[str, Any]:
    """The command's options as those of `tapetum.load`."""
    options: dict[str, Any] = {"pretrained": not random_weights, **rest}
    rows_columns = None if size is None else _size(size)
    if channels is not None:
        if rows_columns is None:
            raise ModelError(f"--channels {channels} says nothing without a size. Give --size too.")
        options["input_shape"] = (channels, *rows_columns)
    elif rows_columns is not None:
        options["size"] = rows_columns
    options["mean"] = None if mean is None else _numbers("--mean", mean)
    options["std"] = None if std is None else _numbers("--std", std)
    return {name: value for name, value in options.items() if value is not None}


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().replace("×", "x").split("x")
    numbers = [int(part) for part in parts if part.isdecimal()]
    if len(numbers) != len(parts) or len(numbers) > 2 or min(numbers) < 1:
        raise ModelError(f"--size is {text!r}. Give a number or ROWSxCOLUMNS, such as 224 or 240x320.")
    return numbers[0], numbers[-1]


def _numbers(name: str, text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        found = ()
    if not found:
        raise ModelError(f"{name} is {text!r}. Give numbers, such as 0.5 or 0.485,0.456,0.406.")
    return found
