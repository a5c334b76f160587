"""`load`: a network from wherever it comes."""

from pathlib import Path

import torch
from torch import nn

from tapetum.errors import ModelError
from tapetum.models.building import building
from tapetum.models.classifier import Classifier
from tapetum.models.labels import LabelsLike, read_labels
from tapetum.models.lite import SIZES, from_lite
from tapetum.models.module import from_module
from tapetum.models.options import Options, numbers, rows_and_columns, whole_numbers
from tapetum.models.timm_source import from_timm
from tapetum.models.torchvision_source import from_torchvision
from tapetum.network import Engine, Network, Precision
from tapetum.network.preparation import Interpolation


def load(
    source: str | Path | nn.Module,
    *,
    pretrained: bool = True,
    input_shape: tuple[int, ...] | None = None,
    size: int | tuple[int, int] | None = None,
    labels: LabelsLike | None = None,
    mean: float | tuple[float, ...] | None = None,
    std: float | tuple[float, ...] | None = None,
    crop: float | None = None,
    interpolation: Interpolation | None = None,
    squash: bool | None = None,
    architecture: str | None = None,
    output: str | int | None = None,
    name: str | None = None,
    device: torch.device | str | None = None,
    engine: Engine = "auto",
    precision: Precision = "float32",
    trust_code: bool = False,
) -> Network:
    """A network from wherever it comes: "lite0", "timm:NAME", "torchvision:NAME", or a module.

    Every option that is given overrides what the source brings.

    Raises:
        ModelError: the network cannot be found or built.
        DownloadError: its weights cannot be fetched.
        CaptureError: it cannot be captured as one graph.
    """
    options = Options(
        pretrained=pretrained,
        input_shape=whole_numbers("input_shape", input_shape),
        size=rows_and_columns(size),
        labels=read_labels(labels),
        mean=numbers("mean", mean),
        std=numbers("std", std),
        crop=crop,
        interpolation=interpolation,
        squash=squash,
    )
    with building():
        found = _find(source, options)
    return Network(
        found.module,
        found.preparation,
        options.labels or found.labels,
        name=name or found.name,
        source=found.source,
        output=output,
        device=device,
        engine=engine,
        precision=precision,
        batch=options.batch,
    )


def _find(source: str | Path | nn.Module, options: Options) -> Classifier:
    if isinstance(source, nn.Module):
        return from_module(source, options)
    if source in SIZES:
        return from_lite(str(source), options)
    prefix, _, rest = str(source).partition(":")
    if prefix == "timm":
        return from_timm(rest, options)
    if prefix == "torchvision":
        return from_torchvision(rest, options)
    raise ModelError(f"unknown {source}")
