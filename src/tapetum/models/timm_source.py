"""Source `timm:NAME`: an architecture of timm, with the preparation that its weights were trained with."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.download import fetching, reach_hub
from tapetum.models.imagenet import imagenet_labels
from tapetum.models.nearest import unknown
from tapetum.models.options import Options
from tapetum.models.torchvision_import import import_timm

_HUB_FILES = ("model.safetensors", "pytorch_model.bin")


def from_timm(name: str, options: Options) -> Classifier:
    """An architecture of timm by name, with or without the tag of its weights (`resnet18.a1_in1k`).

    Raises:
        ModelError: timm has no such classifier.
        DownloadError: its weights cannot be fetched.
    """
    configuration = timm_configuration(name)
    if options.pretrained:
        module = _pretrained(name, configuration, options)
        weights = f"weights {configuration['tag'] or 'without a tag'}"
    else:
        module, weights = build_timm(name, options), "random weights"
    source = f"timm {import_timm().__version__}, {weights}"
    return describe_timm(module, options, f"timm:{name}", source)


def timm_configuration(name: str) -> dict[str, Any]:
    """What timm knows about an architecture and its weights.

    Raises:
        ModelError: timm has no such classifier.
    """
    timm = import_timm()
    names = timm.list_models()
    architecture, _, tag = name.partition(".")
    tagged = timm.list_pretrained(f"{architecture}.*") if tag else [name]
    if not timm.is_model(architecture) or name not in tagged:
        raise unknown(name, tagged if tag and tagged else names, "timm:", "timm")
    found = timm.get_pretrained_cfg(name)
    configuration: dict[str, Any] = {} if found is None else found.to_dict()
    if configuration.get("num_classes", 1000) == 0:
        family = architecture.split("_")[0]
        raise ModelError(
            f"timm:{name} gives features and no classes. Choose a classifier: tapetum models {family}."
        )
    return configuration


def build_timm(name: str, options: Options, classes: int | None = None) -> nn.Module:
    """The architecture with random weights.

    Raises:
        ModelError: it cannot be built for what the caller asks.
    """
    arguments: dict[str, Any] = {} if classes is None else {"num_classes": classes}
    arguments |= _arguments(timm_configuration(name), options)
    try:
        return _create(name, arguments)
    except Exception as error:
        raise ModelError(
            f"timm:{name} cannot be built ({type(error).__name__}: {error}). "
            "Check the input size; without one it is built for its own."
        ) from error


def describe_timm(module: nn.Module, options: Options, title: str, source: str) -> Classifier:
    """The module with the preparation and the labels of its configuration."""
    data: Mapping[str, Any] = import_timm().data.resolve_model_data_config(module)
    channels, rows, columns = data["input_size"]
    preparation = options.preparation(
        rows,
        columns,
        channels=channels,
        mean=data["mean"],
        std=data["std"],
        crop=data["crop_pct"],
        interpolation=data["interpolation"],
        squash=data["crop_mode"] == "squash",
    )
    return Classifier(module, preparation, _labels(module), title, source)


def _pretrained(name: str, configuration: Mapping[str, Any], options: Options) -> nn.Module:
    what, repository = f"timm:{name}", configuration.get("hf_hub_id")
    if not repository and not configuration.get("url"):
        raise ModelError(f"timm has no weights for {name}. Pass --random-weights / pretrained=False.")
    with fetching(what):
        if repository:
            given = configuration.get("hf_hub_filename")
            reach_hub(what, repository, (given, *_HUB_FILES) if given else _HUB_FILES)
        return _create(name, {"pretrained": True, **_arguments(configuration, options)})


def _create(name: str, arguments: Mapping[str, Any]) -> nn.Module:
    module: nn.Module = import_timm().create_model(name, **arguments)
    return module


def _arguments(configuration: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """What timm must know at building time about the input that the caller wants."""
    arguments: dict[str, Any] = {}
    if options.channels is not None:
        arguments["in_chans"] = options.channels
    if options.rows_and_columns is not None and configuration.get("fixed_input_size"):
        arguments["img_size"] = options.rows_and_columns
    return arguments


def _labels(module: nn.Module) -> tuple[str, ...] | None:
    subset = import_timm().data.infer_imagenet_subset({"num_classes": getattr(module, "num_classes", None)})
    return None if subset is None else imagenet_labels(subset)
