"""Source: a folder that `tapetum train` wrote, with its weights and its card."""

from pathlib import Path

import torch
from torch import nn

from tapetum.errors import ModelError
from tapetum.models.card import CARD, WEIGHTS, Card, digest_of_file, read_card
from tapetum.models.classifier import Classifier
from tapetum.models.files import kind_of, regular_file
from tapetum.models.lite import SIZES, build_lite
from tapetum.models.options import Options
from tapetum.models.small import SMALL, build_small
from tapetum.models.state_dict import fill, fitting
from tapetum.models.tensors import read_tensors
from tapetum.models.timm_source import build_timm
from tapetum.pictures import display_name, printable


def is_trained(path: Path) -> bool:
    """Whether this is a folder, or a card in one."""
    return path.name == CARD or path.is_dir()


def from_trained(path: Path, options: Options) -> Classifier:
    """The network of a folder, or of the card in it, as it was trained.

    Raises:
        ModelError: no card, a damaged one, or weights that are missing or not those of the card.
    """
    folder = path.parent if path.name == CARD else path
    shown = printable(str(folder), 200)
    if not (folder / CARD).exists():
        raise ModelError(f"The folder {shown} has no {CARD}. Give a folder that tapetum train wrote.")
    card = read_card(folder / CARD)
    weights = folder / WEIGHTS
    regular_file(weights, "weights file")
    if kind_of(weights) != "safetensors" or digest_of_file(weights) != card.digest:
        raise ModelError(
            f"The weights in {shown} are not those that its card tells of. Copy the whole folder anew."
        )
    tensors = read_tensors(weights)
    complaint = f"The weights in {shown} do not fit {printable(card.architecture)}"
    with torch.device("meta"):
        # Nothing is allocated for what a card merely claims.
        fitting(_built(card, shown), tensors, complaint)
    module = _built(card, shown)
    fill(module, tensors, complaint)
    asked = card.preparation
    preparation = options.preparation(
        asked.rows,
        asked.columns,
        channels=asked.channels,
        mean=asked.mean,
        std=asked.std,
        crop=asked.crop,
        resize=asked.resize,
        interpolation=asked.interpolation,
        squash=asked.squash,
    )
    source = f"{printable(card.architecture)}, {printable(card.about)}"
    return Classifier(module, preparation, card.classes, display_name(folder), source)


def _built(card: Card, shown: str) -> nn.Module:
    """The architecture with random weights."""
    name, classes = card.architecture, len(card.classes)
    channels, rows, columns = (
        card.preparation.channels,
        card.preparation.rows,
        card.preparation.columns,
    )
    options = Options(pretrained=False, input_shape=(channels, rows, columns))
    if name in SMALL:
        return build_small(name, channels, rows, columns, classes)
    if name in SIZES:
        return build_lite(name, options, classes)[0]
    if name.startswith("timm:"):
        return build_timm(name.removeprefix("timm:"), options, classes)
    raise ModelError(
        f"The card in {shown} names the architecture {printable(name)!r}, which is none. "
        f"Known are {', '.join(SMALL)}, lite0 and timm:NAME."
    )
