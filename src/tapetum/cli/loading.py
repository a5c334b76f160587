"""The network that a command works on, from the options that describe it."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tapetum.cli.choices import (
    ArchitectureOption,
    ChannelsOption,
    CropOption,
    DeviceOption,
    EngineOption,
    LabelsOption,
    MeanOption,
    ModelOption,
    PrecisionOption,
    RandomOption,
    SizeOption,
    StdOption,
    TrustOption,
)
from tapetum.errors import ModelError

if TYPE_CHECKING:
    from tapetum.network import Network

Loader = Callable[..., Any]
"""What a command calls to load its network, once it knows that everything else it was given is right.

It takes the name of the network where that is an argument of the command's own.
"""


def takes_network(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that describe a network, and as `load` what loads it.

    An option that the command has itself, such as an argument MODEL, stays its own.
    """
    own = inspect.signature(command).parameters.values()
    options = inspect.signature(_loaded).parameters
    names = {"quiet", *(one.name for one in own)}
    shared = [option for option in options.values() if option.name not in names]

    @functools.wraps(command)
    def with_network(**given: Any) -> None:
        described = {option.name: given.pop(option.name) for option in shared}
        quiet = bool(given.get("json"))
        command(**given, load=functools.partial(_loaded, **described, quiet=quiet))

    parameters = [*(one for one in own if one.name != "load"), *shared]
    with_network.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_network.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_network


def _loaded(
    *,
    model: ModelOption = "lite0",
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
    quiet: bool,
) -> "Network":
    from tapetum import workflows
    from tapetum.cli import show

    options: dict[str, Any] = {
        "device": device,
        "engine": engine,
        "precision": precision,
        "labels": labels,
        "trust_code": trust_code,
        "pretrained": not random_weights,
        "architecture": architecture,
        "mean": None if mean is None else _numbers("--mean", mean),
        "std": None if std is None else _numbers("--std", std),
        "crop": crop,
    }
    rows_columns = None if size is None else rows_and_columns(size)
    if channels is None:
        options["size"] = rows_columns
    elif rows_columns is None:
        raise ModelError(f"--channels {channels} says nothing without a size. Give --size too.")
    else:
        options["input_shape"] = (channels, *rows_columns)
    given = {name: value for name, value in options.items() if value is not None}
    with show.waiting(f"Loading {model}", quiet=quiet):
        return workflows.open_network(model, **given)


def rows_and_columns(text: str) -> tuple[int, int]:
    """A size as it is typed: one number for a square, or two.

    Raises:
        ModelError: something else.
    """
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
