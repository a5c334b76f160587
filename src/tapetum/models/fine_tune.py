"""A network that knows other classes, with a new last layer for one's own."""

from dataclasses import replace

import torch
from torch import nn

from tapetum.errors import ModelError
from tapetum.models.building import building
from tapetum.models.classifier import Classifier
from tapetum.models.lite import SIZES, from_lite
from tapetum.models.options import Options
from tapetum.models.timm_source import from_timm
from tapetum.pictures import printable


def to_fine_tune(
    name: str, classes: int, *, head_only: bool, pretrained: bool, options: Options, seed: int = 0
) -> Classifier:
    """lite0 or timm:NAME with a last layer for so many classes, in the modes that training wants.

    The last layer has random weights of the seed. With `head_only` nothing else may change: the other
    weights need no gradient, and their layers are in evaluation mode.

    Raises:
        ModelError: another name, or a network whose last layer cannot be replaced.
        DownloadError: its weights cannot be fetched.
    """
    wanted = replace(options, pretrained=pretrained)
    with building():
        torch.default_generator.manual_seed(seed)
        if name in SIZES:
            found = from_lite(name, wanted)
        elif name.startswith("timm:"):
            found = from_timm(name.removeprefix("timm:"), wanted)
        else:
            raise ModelError(
                f"{printable(name)!r} cannot be trained further. Choose lite0, timm:NAME or a small network."
            )
        module = found.module
        torch.default_generator.manual_seed(seed)
        try:
            module.reset_classifier(classes)  # type: ignore[operator]
            head = module.get_classifier()  # type: ignore[operator]
        except (AttributeError, TypeError, NotImplementedError) as error:
            raise ModelError(
                f"The last layer of {printable(name)} cannot be replaced ({error}). Choose another network."
            ) from error
    _may_change(module, head, head_only=head_only)
    return replace(found, labels=None)


def _may_change(module: nn.Module, head: nn.Module, *, head_only: bool) -> None:
    module.train(not head_only)
    module.requires_grad_(not head_only)
    head.train()
    head.requires_grad_(True)
