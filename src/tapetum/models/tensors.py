"""Read the tensors of a weights file, and nothing but tensors."""

import argparse
import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tapetum.errors import ModelError, TrustError
from tapetum.models.files import kind_of
from tapetum.pictures import display_name, printable

_WRAPPERS = ("state_dict", "model_state_dict", "model")
_SAVE = "Save the weights alone: torch.save(model.state_dict(), 'weights.pt')"
# timm's training script keeps its arguments beside the weights, in a class that only holds values.
_PLAIN: list[Any] = [argparse.Namespace]
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")


def read_tensors(path: Path) -> dict[str, Any]:
    """The state dict in a checkpoint or safetensors file, taken out of what it is wrapped in.

    Raises:
        TrustError: the file carries code.
        ModelError: it is damaged, or holds no state dict.
    """
    shown = display_name(path)
    kind = kind_of(path)
    if kind == "torchscript":
        raise TrustError(
            f"{shown} is a TorchScript file, which is code and is not run here. "
            f"{_SAVE}, or export the model with torch.export.save to a .pt2 file."
        )
    if kind == "unknown":
        raise ModelError(
            f"{shown} is no weights file. Give a state dict (.pt, .pth, .bin), a .safetensors file, "
            "or a torch.export program (.pt2)."
        )
    found = _safetensors(path, shown) if kind == "safetensors" else _checkpoint(path, shown)
    return _state_dict(found, shown)


def _safetensors(path: Path, shown: str) -> Any:
    import safetensors
    import safetensors.torch

    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, KeyError, OSError) as error:
        raise ModelError(f"{shown} is damaged ({error}). Copy or save it anew.") from error


def _checkpoint(path: Path, shown: str) -> Any:
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(_PLAIN):
            # An old or foreign pickle makes torch warn, and then load it or refuse it.
            warnings.filterwarnings("ignore", message="Detected pickle protocol|TypedStorage is deprecated")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        name = _GLOBAL.search(str(error))
        what = f" ({printable(name[1])})" if name else ""
        raise TrustError(
            f"{shown} holds pickled objects that are no tensors{what}; pickles are code. {_SAVE}."
        ) from error
    except Exception as error:
        reason = next(iter(str(error).splitlines()), "")[:200]
        raise ModelError(
            f"{shown} is damaged ({type(error).__name__}: {printable(reason, 200)}). Copy or save it anew."
        ) from error


def _state_dict(found: Any, shown: str) -> dict[str, Any]:
    while isinstance(found, Mapping):
        inner = next((found[key] for key in _WRAPPERS if isinstance(found.get(key), Mapping)), None)
        if inner is None:
            break
        found = inner
    if not isinstance(found, Mapping) or not any(isinstance(value, Tensor) for value in found.values()):
        holds = (
            ", ".join(printable(str(key), 40) for key in list(found)[:5])
            if isinstance(found, Mapping)
            else ""
        )
        raise ModelError(f"{shown} holds no state dict ({holds or type(found).__name__}). {_SAVE}.")
    return {str(key): value for key, value in found.items()}
