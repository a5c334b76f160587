"""A network before it is trained."""

from dataclasses import dataclass

from torch import nn

from tapetum.errors import ModelError
from tapetum.learning.data import PictureSet
from tapetum.learning.measured import measured
from tapetum.learning.untrained import untrained
from tapetum.models.fine_tune import to_fine_tune
from tapetum.models.lite import SIZES
from tapetum.models.options import Options
from tapetum.models.small import SMALL
from tapetum.network import Preparation
from tapetum.pictures import printable


@dataclass(frozen=True, eq=False)
class Start:
    """What a training begins with.

    Attributes:
        module: all of the network.
        learns: what of it learns.
        trunk: what comes before that, where not all learns.
        preparation: how pictures become input.
        change: "head" or "all".
        learning_rate: what suits it.
    """

    module: nn.Module
    learns: nn.Module
    trunk: nn.Module | None
    preparation: Preparation
    change: str
    learning_rate: float


def check_start(architecture: str, change: str | None, *, pretrained: bool = True) -> None:
    """Refuse at once what `start` would refuse once the data are there.

    Raises:
        ModelError: no such network, a small one with what belongs to large ones only, or another word for
            what may change.
    """
    if change not in (None, "head", "all"):
        raise ModelError(f"{change!r} cannot be chosen to change. Choose head or all.")
    if architecture in SMALL:
        if change == "head" or not pretrained:
            raise ModelError(
                f"{architecture} starts with random weights and learns them all. Leave out what is for lite0 "
                "and timm:NAME."
            )
    elif architecture not in SIZES and not architecture.startswith("timm:"):
        raise ModelError(
            f"{printable(architecture)!r} cannot be trained here. "
            f"Choose {', '.join(SMALL)}, lite0 or timm:NAME."
        )


def start(
    architecture: str,
    data: PictureSet,
    *,
    change: str | None = None,
    pretrained: bool = True,
    size: tuple[int, int] | None = None,
    seed: int = 0,
) -> Start:
    """The network to train on these data, with the preparation that suits both.

    Raises:
        ModelError: as `check_start` says, or pictures that are too small for the network.
        DownloadError: its weights cannot be fetched.
    """
    check_start(architecture, change, pretrained=pretrained)
    classes = len(data.classes)
    if architecture in SMALL:
        preparation = measured(data, size=size, seed=seed)
        module = untrained(architecture, preparation, classes, seed=seed)
        return Start(module, module, None, preparation, "all", 1e-3)
    found = to_fine_tune(architecture, classes, pretrained=pretrained, options=Options(size=size), seed=seed)
    if change == "all":
        return Start(found.module, found.module.train(), None, found.preparation, "all", 1e-4)
    return Start(found.module, found.head.train(), found.trunk, found.preparation, "head", 1e-3)
