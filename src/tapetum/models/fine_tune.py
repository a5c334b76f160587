"""A network that knows other classes, with a new last layer for one's own."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tapetum.errors import ModelError
from tapetum.models.building import building
from tapetum.models.classifier import Classifier
from tapetum.models.lite import SIZES, from_lite
from tapetum.models.options import Options
from tapetum.models.timm_source import from_timm
from tapetum.network import Preparation
from tapetum.pictures import printable


@dataclass(frozen=True, eq=False)
class FineTuned:
    """A network before it is trained further.

    Attributes:
        module: all of it.
        head: its last layer, with random weights.
        trunk: what comes before that; head(trunk(batch)) is module(batch) in evaluation mode.
        preparation: how pictures become input.
    """

    module: nn.Module
    head: nn.Module
    trunk: nn.Module
    preparation: Preparation


class _Trunk(nn.Module):
    """A classifier of timm without its last layer."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, batch: Float[Tensor, "batch channel rows columns"]) -> Float[Tensor, "batch *shape"]:
        features = self.module.forward_features(batch)  # type: ignore[operator]
        found: Tensor = self.module.forward_head(features, pre_logits=True)  # type: ignore[operator]
        return found


def to_fine_tune(name: str, classes: int, *, pretrained: bool, options: Options, seed: int = 0) -> FineTuned:
    """lite0 or timm:NAME with a last layer for so many classes, whose random weights come from the seed.

    Raises:
        ModelError: no such network, or one whose last layer cannot be replaced.
        DownloadError: its weights cannot be fetched.
    """
    with building():
        torch.default_generator.manual_seed(seed)
        found = _found(name, replace(options, pretrained=pretrained))
        module = found.module
        torch.default_generator.manual_seed(seed)
        try:
            module.reset_classifier(classes)  # type: ignore[operator]
            head = module.get_classifier()  # type: ignore[operator]
        except (AttributeError, TypeError, NotImplementedError, AssertionError) as error:
            raise ModelError(
                f"The last layer of {printable(name)} cannot be replaced ({error}). Choose another network."
            ) from error
        if not isinstance(head, nn.Module):
            raise ModelError(f"{printable(name)} has several last layers. Choose another network.")
        return FineTuned(module.eval(), head, _Trunk(module).eval(), found.preparation)


def _found(name: str, options: Options) -> Classifier:
    if name in SIZES:
        return from_lite(name, options)
    return from_timm(name.removeprefix("timm:"), options)
