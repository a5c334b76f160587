"""`load`: a network from wherever it comes."""

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tapetum.errors import ModelError, TrustError
from tapetum.models.building import building
from tapetum.models.by_hand import Design, from_design
from tapetum.models.classifier import Classifier
from tapetum.models.design_file import DESIGN_SUFFIXES, read_design
from tapetum.models.exported import from_program
from tapetum.models.factory import from_factory, is_factory
from tapetum.models.files import kind_of, regular_file
from tapetum.models.keras_files import from_keras_file
from tapetum.models.keras_import import is_keras_model
from tapetum.models.keras_source import from_keras, from_keras_model
from tapetum.models.labels import LabelsLike, read_labels
from tapetum.models.lite import SIZES, from_lite
from tapetum.models.logistic import from_logistic, is_estimator
from tapetum.models.module import from_module
from tapetum.models.nearest import unknown_source
from tapetum.models.options import (
    Filter,
    Numbers,
    Options,
    Shape,
    Size,
    Source,
    check_interpolation,
    numbers,
    rows_and_columns,
    whole_numbers,
)
from tapetum.models.state_dict import from_weights
from tapetum.models.timm_source import from_timm
from tapetum.models.torchvision_source import from_torchvision
from tapetum.models.trained import from_trained, is_trained
from tapetum.network import Engine, Network, Precision
from tapetum.pictures import display_name, printable

_PREFIXES = ("timm:", "torchvision:", "keras:")
_SUFFIXES = {".pt", ".pth", ".bin", ".safetensors", ".pt2", ".ckpt", ".pkl", ".h5", ".keras", ".onnx"}


def load(
    source: Source,
    *,
    pretrained: bool = True,
    input_shape: Shape | None = None,
    size: Size | None = None,
    labels: LabelsLike | None = None,
    mean: Numbers | None = None,
    std: Numbers | None = None,
    crop: float | None = None,
    interpolation: Filter | None = None,
    squash: bool | None = None,
    architecture: str | None = None,
    output: str | int | None = None,
    name: str | None = None,
    device: torch.device | str | None = None,
    engine: Engine = "auto",
    precision: Precision = "float32",
    trust_code: bool = False,
) -> Network:
    """A network from wherever it comes, captured and ready for pictures.

    Every option that is given overrides what the source brings. A module is never touched; global random
    states are left as they were.

    Args:
        source: "lite0" (in the installation, works offline), "lite1", "lite2" (extra `lite`); "timm:NAME",
            "torchvision:NAME" or "keras:NAME" (extra `keras`), fetched on first use; a folder that `tapetum
            train` wrote; a weights file (.pt, .pth, .bin, .safetensors) together with `architecture`; a model
            that Keras saved (.keras, .h5); a torch.export program (.pt2) or "package.module:function", which
            are code; a network written by hand, as a file (.toml, .json) or a `Design`; a Keras model; a
            fitted logistic regression of scikit-learn or a torch.nn.Module, both with `input_shape`.
        pretrained: False gives random weights, the same each time, and fetches nothing.
        input_shape: (channels, rows, columns), channels 1 or 3; with a batch size in front for a model that
            accepts no other.
        size: rows and columns alone, one number for a square.
        labels: one per class, by index, or a file: a label per line, or JSON.
        mean: taken from values in 0..1, one number or one per channel.
        std: divides them after that.
        crop: which fraction of the shorter side the input covers.
        interpolation: "nearest", "bilinear", "bicubic" or "lanczos".
        squash: resize without keeping proportions.
        architecture: what a weights file belongs to: "timm:NAME", "torchvision:NAME" or "lite0".
        output: key or position of the logits where the model returns several tensors.
        name: what to call it.
        device: where to compute; by default where a module is, else the CPU.
        engine: "torch", "openvino", or "auto" to use the faster one where it is worth it.
        precision: of computing; "bfloat16" is faster and less exact.
        trust_code: a source that is code may run.

    Raises:
        ModelError: the network cannot be found or built; the message lists the nearest names.
        TrustError: the source is code, and `trust_code` was not given.
        DownloadError: weights cannot be fetched.
        CaptureError: the module cannot be captured as one graph.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> net
        Network('lite0', 3×224×224 → 1000 classes)
        >>> net.predict(tapetum.sample("cat")).scores[0].label
        'Egyptian cat'
    """
    options = Options(
        pretrained=pretrained,
        input_shape=whole_numbers("input_shape", input_shape),
        size=rows_and_columns(size),
        labels=read_labels(labels),
        mean=numbers("mean", mean),
        std=numbers("std", std),
        crop=crop,
        interpolation=None if interpolation is None else check_interpolation(interpolation),
        squash=squash,
    )
    with building():
        found = _find(source, options, architecture, trust_code)
    return Network(
        found.module,
        found.preparation,
        found.labels if options.labels is None else options.labels,
        name=name or found.name,
        source=found.source,
        output=output,
        device=device,
        engine=engine,
        precision=precision,
        batch=options.batch or found.batch,
    )


def _find(source: Source, options: Options, architecture: str | None, trust_code: bool) -> Classifier:
    if is_keras_model(source):
        _no_architecture(architecture)
        return from_keras_model(source, options)
    if isinstance(source, nn.Module):
        _no_architecture(architecture)
        return from_module(source, options)
    if isinstance(source, Design):
        _no_architecture(architecture)
        return from_design(source, options)
    if is_estimator(source):
        _no_architecture(architecture)
        return from_logistic(source, options)
    if _is_file(source):
        return _from_file(Path(source), options, architecture, trust_code)
    _no_architecture(architecture)
    text = str(source)
    prefix, _, name = text.partition(":")
    if text in SIZES:
        return from_lite(text, options)
    if prefix == "timm":
        return from_timm(name, options)
    if prefix == "torchvision":
        return from_torchvision(name, options)
    if prefix == "keras":
        return from_keras(name, options)
    if is_factory(text):
        _trusted(trust_code, f"{printable(text)} names a function to import and call")
        return from_factory(text, options)
    raise unknown_source(text)


def _no_architecture(architecture: str | None) -> None:
    if architecture is not None:
        raise ModelError(
            f"architecture={architecture!r} belongs to a weights file. "
            "Leave it out, or give a file as source."
        )


def _is_file(source: Any) -> bool:
    """Whether a source is spelt like a path: a name that `load` knows is never looked up in the folder."""
    if isinstance(source, Path):
        return True
    if not isinstance(source, str):
        raise ModelError(
            f"A network cannot be loaded from {type(source).__name__}. "
            "Give a name, a path, a torch.nn.Module, a Keras model or a fitted logistic regression of "
            "scikit-learn."
        )
    if source in SIZES or source.startswith(_PREFIXES):
        return False
    return (
        os.sep in source
        or Path(source).suffix.lower() in {*_SUFFIXES, *DESIGN_SUFFIXES}
        or os.path.exists(source)
    )


def _from_file(path: Path, options: Options, architecture: str | None, trust_code: bool) -> Classifier:
    shown = display_name(path)
    if is_trained(path):
        _no_architecture(architecture)
        return from_trained(path, options)
    regular_file(path, "model file")
    if path.suffix.lower() in DESIGN_SUFFIXES:
        _no_architecture(architecture)
        return from_design(read_design(path), options, f"design file {shown}")
    claim = f"{shown} is a torch.export program, which can carry code"
    if path.suffix.lower() == ".pt2":
        _trusted(trust_code, claim)
    kind = kind_of(path)
    if kind == "program":
        _trusted(trust_code, claim)
        return from_program(path, options)
    if kind in ("keras", "hdf5"):
        _no_architecture(architecture)
        return from_keras_file(path, kind, options, trust_code=trust_code)
    if path.suffix.lower() == ".pt2":
        raise ModelError(f"{shown} is no torch.export program. Save one with torch.export.save.")
    return from_weights(path, architecture, options)


def _trusted(trust_code: bool, claim: str) -> None:
    if not trust_code:
        raise TrustError(
            f"{claim}. If you trust whoever wrote it with everything you can do here, "
            "pass --trust-code / trust_code=True."
        )
