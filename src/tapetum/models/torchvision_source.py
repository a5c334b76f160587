"""Source `torchvision:NAME`: a classifier of torchvision, with the preparation of its default weights."""

from typing import Any

from torch import nn

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.download import fetching
from tapetum.models.nearest import unknown
from tapetum.models.options import Options
from tapetum.models.torchvision_import import import_torchvision

# The auxiliary heads take part in training only; their slow initialisation is deprecated.
_SMALLER = {"init_weights": False, "aux_logits": False}
_ARGUMENTS: dict[str, dict[str, Any]] = {"googlenet": _SMALLER, "inception_v3": _SMALLER}
# Architectures that are built for one input size, and what they call it.
_SIZE_ARGUMENT = {"vit": "image_size", "maxvit": "input_size"}


def from_torchvision(name: str, options: Options) -> Classifier:
    """A classifier of torchvision by name.

    Raises:
        ModelError: torchvision has no such classifier.
        DownloadError: its weights cannot be fetched.
    """
    weights = torchvision_weights(name)
    if options.pretrained:
        _refuse_other_input(name, weights, options)
        with fetching(f"torchvision:{name}"):
            module: nn.Module = import_torchvision().models.get_model(name, weights=weights)
        note = f"weights {weights.name}"
    else:
        module, note = build_torchvision(name, options), "random weights"
    source = f"torchvision {import_torchvision().__version__.split('+')[0]}, {note}"
    return describe_torchvision(name, module, options, f"torchvision:{name}", source)


def torchvision_weights(name: str) -> Any:
    """The default weights of a classifier: where they are, what they were trained on, nothing fetched.

    Raises:
        ModelError: torchvision has no such classifier.
    """
    models = import_torchvision().models
    names = models.list_models(module=models)
    if name not in names:
        if name in models.list_models():
            raise ModelError(
                f"torchvision:{name} is no floating-point classifier of pictures. "
                "Choose one that is: tapetum models torchvision."
            )
        raise unknown(name, names, "torchvision:", "torchvision")
    return models.get_model_weights(name).DEFAULT


def build_torchvision(name: str, options: Options, classes: int | None = None, **extra: Any) -> nn.Module:
    """The architecture with random weights.

    Raises:
        ModelError: it cannot be built for what the caller asks.
    """
    weights = torchvision_weights(name)
    _refuse_other_channels(name, options)
    arguments = _ARGUMENTS.get(name, {}) | extra
    if classes is not None:
        arguments |= {"num_classes": classes}
    if (size := _size_argument(name)) is not None:
        rows, columns = options.rows_and_columns or weights.meta["min_size"]
        if rows != columns:
            raise ModelError(f"torchvision:{name} reads square pictures only. Pass size= as one number.")
        arguments |= {size: rows if size == "image_size" else (rows, columns)}
    try:
        module: nn.Module = import_torchvision().models.get_model(name, weights=None, **arguments)
    except Exception as error:
        raise ModelError(
            f"torchvision:{name} cannot be built ({type(error).__name__}: {error}). "
            "Check the input size; without one it is built for its own."
        ) from error
    return module


def describe_torchvision(
    name: str, module: nn.Module, options: Options, title: str, source: str
) -> Classifier:
    """The module with the preparation and the labels of the default weights."""
    weights = torchvision_weights(name)
    steps = weights.transforms()
    (side,), (resize,) = steps.crop_size, steps.resize_size
    preparation = options.preparation(
        side,
        side,
        mean=steps.mean,
        std=steps.std,
        crop=side / resize,
        resize=resize,
        interpolation=steps.interpolation.value,
    )
    return Classifier(module, preparation, tuple(weights.meta["categories"]), title, source)


def _size_argument(name: str) -> str | None:
    return _SIZE_ARGUMENT.get(name.split("_", maxsplit=1)[0])


def _refuse_other_channels(name: str, options: Options) -> None:
    if options.channels not in (None, 3):
        raise ModelError(
            f"torchvision:{name} reads 3 channels, not {options.channels}. Pass input_shape=(3, …)."
        )


def _refuse_other_input(name: str, weights: Any, options: Options) -> None:
    _refuse_other_channels(name, options)
    own = tuple(weights.meta["min_size"])
    if _size_argument(name) is not None and options.rows_and_columns not in (None, own):
        raise ModelError(
            f"The weights of torchvision:{name} fit pictures of {own[0]}×{own[1]} only. Leave size= out."
        )
