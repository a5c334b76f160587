"""Source: a weights file and the architecture that it belongs to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.lite import SIZES, build_lite, describe_lite
from tapetum.models.options import Options
from tapetum.models.tensors import read_tensors
from tapetum.models.timm_source import build_timm, describe_timm
from tapetum.models.torchvision_source import build_torchvision, describe_torchvision
from tapetum.pictures import display_name, printable

_PREFIXES = ("module.", "model.", "_orig_mod.")
_COUNTER = "num_batches_tracked"
# torchvision renamed these in 2018, and its published files still have the old names.
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


@dataclass(frozen=True)
class _Architecture:
    """`build(classes)` gives random weights; None stands for the architecture's own number of classes."""

    build: Callable[[int | None], nn.Module]
    describe: Callable[[nn.Module, str, str], Classifier]


def from_weights(path: Path, architecture: str | None, options: Options) -> Classifier:
    """The architecture with the weights of the file, with as many classes as its last layer has.

    Raises:
        TrustError: the file carries code.
        ModelError: there is no such architecture, or the weights do not fit it; the keys are listed.
    """
    shown = display_name(path)
    tensors = read_tensors(path)
    if architecture is None:
        raise ModelError(
            f"{shown} holds weights and no architecture. Pass --architecture / architecture= with "
            "timm:NAME, torchvision:NAME or lite0."
        )
    chosen = _architecture(architecture, tensors, replace(options, pretrained=False))
    module = chosen.build(None)
    own = module.state_dict()
    tensors = _renamed(tensors, own)
    head = _head(module)
    given = tensors.get(head)
    classes = len(given) if isinstance(given, Tensor) and given.dim() > 1 else len(own[head])
    if classes != len(own[head]):
        module = chosen.build(classes)
    fill(module, tensors, f"{shown} does not fit {architecture}")
    found = chosen.describe(module, Path(shown).stem, f"weights file {shown} in {architecture}")
    return replace(found, labels=None) if classes != len(own[head]) else found


def _architecture(text: str, tensors: Mapping[str, Any], options: Options) -> _Architecture:
    prefix, _, name = text.partition(":")
    if text in SIZES:
        return _Architecture(
            lambda classes: build_lite(text, options, classes or 1000)[0],
            lambda module, title, source: describe_lite(text, module, options, title, source),
        )
    if prefix == "timm":
        return _Architecture(
            lambda classes: build_timm(name, options, classes),
            lambda module, title, source: describe_timm(module, options, title, source),
        )
    if prefix == "torchvision":
        extra = _inception_arguments(tensors) if name in ("googlenet", "inception_v3") else {}
        return _Architecture(
            lambda classes: build_torchvision(name, options, classes, **extra),
            lambda module, title, source: describe_torchvision(name, module, options, title, source),
        )
    raise ModelError(
        f"There is no architecture {printable(text)!r}. Pass timm:NAME, torchvision:NAME or lite0."
    )


def _inception_arguments(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """A file does not say how its pictures were scaled: it is taken for a descendant of torchvision's own."""
    heads = any(part in key for key in tensors for part in ("aux1.", "AuxLogits."))
    return {"aux_logits": heads, "transform_input": True}


def _head(module: nn.Module) -> str:
    """The weight that has one row per class: timm names its layer, in torchvision it is the last one."""
    named = getattr(module, "default_cfg", {}).get("classifier")
    if named:
        return f"{named if isinstance(named, str) else named[0]}.weight"
    return [k for k, v in module.state_dict().items() if k.endswith("weight") and v.dim() in (2, 4)][-1]


def _renamed(tensors: Mapping[str, Any], own: Mapping[str, Tensor]) -> dict[str, Any]:
    """The keys as the architecture has them: without the prefixes of wrappers, and without old names."""
    found = dict(tensors)
    while prefix := next((p for p in _PREFIXES if all(k.startswith(p) for k in found)), None):
        if all(key.startswith(prefix) for key in own):
            break
        found = {key.removeprefix(prefix): value for key, value in found.items()}
    return {key if key in own else _OLD_DENSENET.sub(r"\1\2", key): value for key, value in found.items()}


def fill(module: nn.Module, tensors: Mapping[str, Any], complaint: str) -> None:
    """Put the tensors into the module, every one at its place.

    Raises:
        ModelError: they do not fit; the message begins with the complaint and lists the keys.
    """
    full = fitting(module, tensors, complaint)
    try:
        module.load_state_dict(full)
    except Exception as error:
        raise ModelError(f"{complaint}: {str(error)[:300]}. Save the state dict anew.") from error


def fitting(module: nn.Module, tensors: Mapping[str, Any], complaint: str) -> dict[str, Any]:
    """The tensors, if every key and shape is one of the module's.

    Raises:
        ModelError: keys that are missing, unexpected, or of another shape.
    """
    own = module.state_dict()
    # Older files lack the counters of batch-norm, which no verdict depends on.
    full = {key: value for key, value in own.items() if key.endswith(_COUNTER)} | dict(tensors)
    faults = {
        "missing": [key for key in own if key not in full],
        "unexpected": [key for key in full if key not in own],
        "of another shape": [
            f"{key} {_shape(full[key])} for {tuple(value.shape)}"
            for key, value in own.items()
            if key in full and _shape(full[key]) != tuple(value.shape)
        ],
    }
    listed = [f"{len(keys)} {fault}: {_first(keys)}" for fault, keys in faults.items() if keys]
    if listed:
        raise ModelError(
            f"{complaint}: {'; '.join(listed)}. Name the architecture that these weights were saved from."
        )
    return full


def _shape(value: Any) -> tuple[int, ...] | str:
    return tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__


def _first(keys: list[str]) -> str:
    return ", ".join(printable(key, 80) for key in keys[:4]) + (", …" if len(keys) > 4 else "")
