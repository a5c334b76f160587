"""Source: a model of Keras 3 on torch: in the caller's hands, or one of keras.applications by name."""

import sys
from typing import Any, NamedTuple

import numpy as np

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.download import fetching
from tapetum.models.imagenet import imagenet_labels
from tapetum.models.keras_import import application_names, import_keras
from tapetum.models.keras_module import KerasModule, layers_of
from tapetum.models.keras_state import names_from_the_start
from tapetum.models.nearest import unknown
from tapetum.models.options import Options


class Scaling(NamedTuple):
    """What a model's preprocessing does to values in 0..1: (value − mean) / std; `reverse` is blue first."""

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    reverse: bool = False


def from_keras_model(
    model: Any,
    options: Options,
    *,
    name: str | None = None,
    source: str = "",
    labels: tuple[str, ...] | None = None,
    scaling: Scaling | None = None,
    interpolation: str = "bicubic",
) -> Classifier:
    """A Keras model, never touched.

    A model that begins with a Rescaling layer reads values in 0..255, any other one in 0..1, unless `scaling`
    or the caller's `mean` and `std` say otherwise.

    Raises:
        ModelError: Keras computes with another library than torch, the model has no weights yet, or it reads
            something else than one batch of pictures.
    """
    keras = import_keras()
    _refuse_torch(model, keras)
    channels_last = is_channels_last(model, keras)
    rows, columns, channels = _input_shape(model, options, channels_last)
    if scaling is None:
        scaling = Scaling(std=(1 / 255,)) if _rescales(model) else Scaling()
    return Classifier(
        module=KerasModule(model, channels_last=channels_last, reverse=scaling.reverse),
        preparation=options.preparation(
            rows, columns, channels=channels, mean=scaling.mean, std=scaling.std, interpolation=interpolation
        ),
        labels=labels,
        name=name or model.name,
        source=source or f"Keras {keras.__version__} model {type(model).__name__}",
    )


def from_keras(name: str, options: Options) -> Classifier:
    """A classifier of keras.applications by name, with the preprocessing that belongs to it.

    Raises:
        ModelError: Keras is missing or computes with another library; there is no such classifier.
        DownloadError: its weights cannot be fetched.
    """
    keras = import_keras()
    names = application_names()
    if name not in names:
        raise unknown(name, names, "keras:", "Keras")
    build = getattr(keras.applications, name)
    with names_from_the_start():
        if options.pretrained:
            with fetching(f"keras:{name}"):
                model = build(weights="imagenet")
        else:
            model = _random(name, build, options)
    note = "weights imagenet" if options.pretrained else "random weights"
    return from_keras_model(
        model,
        options,
        name=f"keras:{name}",
        source=f"Keras {keras.__version__}, {note}",
        labels=imagenet_labels(),
        scaling=scaling_of(sys.modules[build.__module__].preprocess_input),
        interpolation="bilinear",
    )


def scaling_of(preprocess: Any) -> Scaling:
    """What a `preprocess_input` of Keras does, read off from what it makes of black and of pure colours.

    Raises:
        ModelError: it is no scaling of each channel.
    """
    probes = np.zeros((4, 1, 1, 3))
    probes[1:, 0, 0] = np.diag([255.0] * 3)
    black, *pure = preprocess(probes, data_format="channels_last")[:, 0, 0]
    slopes = np.array([colour - black for colour in pure])
    reverse = bool(slopes[0, 0] == 0)
    if reverse:
        slopes, black = slopes[:, ::-1], black[::-1]
    gain = np.diag(slopes)
    if not np.allclose(slopes, np.diag(gain)) or np.any(gain <= 0):
        raise ModelError(
            "This Keras model prepares pictures in a way that Tapetum does not know. Load it by hand."
        )
    return Scaling(tuple(map(float, -black / gain)), tuple(map(float, 1 / gain)), reverse)


def _random(name: str, build: Any, options: Options) -> Any:
    wanted: dict[str, Any] = {}
    if options.input_shape is not None or options.size is not None:
        rows, columns = options.rows_and_columns or (0, 0)
        wanted["input_shape"] = (rows, columns, options.channels or 3)
    try:
        return build(weights=None, **wanted)
    except Exception as error:
        raise ModelError(
            f"keras:{name} cannot be built ({type(error).__name__}: {error}). "
            "Check the input size; without one it is built for its own."
        ) from error


def _refuse_torch(model: Any, keras: Any) -> None:
    """Torch's part in a Keras model would be changed by a call: hooks run, wrapped modules switch modes."""
    for path, layer in layers_of(model):
        if layer._forward_hooks or layer._forward_pre_hooks:
            raise ModelError(
                f"The layer {path} of the Keras model {model.name} has torch hooks, which a look at it would "
                "run. Take them off, and load the model again."
            )
        if isinstance(layer, keras.layers.TorchModuleWrapper):
            raise ModelError(
                f"The layer {path} of the Keras model {model.name} is a torch module in Keras' clothes. "
                "Load a torch.nn.Module that holds it, or write it as a Keras layer."
            )


def is_channels_last(model: Any, keras: Any) -> bool:
    """What the first layer says that has a say in it, and Keras' own setting where none has."""
    said = (getattr(layer, "data_format", None) for _, layer in layers_of(model))
    word: str = next((word for word in said if word), keras.config.image_data_format())
    return word == "channels_last"


def _input_shape(model: Any, options: Options, channels_last: bool) -> tuple[int, int, int]:
    """(rows, columns, channels) as the model declares them, or the caller where it leaves them open."""
    if not model.built or not model.weights:
        raise ModelError(
            f"The Keras model {model.name} has no weights yet. "
            "Build it first: model.build((None, rows, columns, channels)), or call it once."
        )
    declared = getattr(model, "input_shape", None)
    given = options.input_shape[-3:] if options.input_shape is not None else (None, None, None)
    if declared is None:
        declared = (None,) * 4
    if not isinstance(declared, tuple) or len(declared) != 4:
        raise ModelError(
            f"The Keras model {model.name} reads {declared}. "
            "Tapetum explains models that read one batch of pictures: (batch, rows, columns, channels)."
        )
    order = (1, 2, 3) if channels_last else (2, 3, 1)
    rows, columns, channels = (declared[place] for place in order)
    wanted = options.rows_and_columns or (None, None)
    found: Any = (rows or wanted[0], columns or wanted[1], channels or given[0])
    if not all(found):
        raise ModelError(
            f"The Keras model {model.name} reads pictures of any size. "
            "Pass input_shape=(channels, rows, columns), such as (3, 224, 224)."
        )
    if options.channels not in (None, found[2]):
        raise ModelError(
            f"The Keras model {model.name} reads {found[2]} channels, not {options.channels}. Leave them out."
        )
    return int(found[0]), int(found[1]), int(found[2])


def _rescales(model: Any) -> bool:
    layers = [layer for _, layer in layers_of(model) if type(layer).__name__ != "InputLayer"]
    return bool(layers) and type(layers[0]).__name__ == "Rescaling"
