"""Source: a whole model saved by Keras, as a .keras archive or in HDF5."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tapetum.errors import ModelError, TrustError
from tapetum.models.classifier import Classifier
from tapetum.models.keras_import import import_keras
from tapetum.models.keras_source import from_keras_model
from tapetum.models.keras_state import names_from_the_start
from tapetum.models.options import Options
from tapetum.pictures import display_name, printable

_SUFFIXES = {"keras": (".keras",), "hdf5": (".h5", ".hdf5")}
_CODE = ("Lambda", "TorchModuleWrapper", "TFSMLayer", "__lambda__")
_LARGEST = 64 * 2**20
"""Bytes of a description of layers; those of the largest known networks have about one."""


def from_keras_file(path: Path, kind: str, options: Options, *, trust_code: bool) -> Classifier:
    """The model in the file, with its weights.

    Keras' own layers are built from their description, which is no code, and so are layers that the caller
    has registered with Keras. A layer that holds code itself needs `trust_code`.

    Raises:
        TrustError: the file carries code.
        ModelError: Keras is missing, or the file is damaged or holds no whole model.
    """
    shown = display_name(path)
    keras = import_keras()
    described = _description(path, kind, shown)
    if not trust_code:
        _refuse_code(described, shown)
    if path.suffix.lower() not in _SUFFIXES[kind]:
        raise ModelError(f"{shown} is a Keras model under another name. Name it model{_SUFFIXES[kind][0]}.")
    try:
        with names_from_the_start():
            model = keras.saving.load_model(path, compile=False, safe_mode=not trust_code)
    except Exception as error:
        raise ModelError(
            f"Keras cannot load {shown} ({type(error).__name__}: {printable(_first_line(error), 200)}). "
            "Save it anew with model.save('model.keras'), by a version of Keras like this one "
            f"({keras.__version__})."
        ) from error
    return from_keras_model(
        model, options, name=Path(shown).stem, source=f"Keras {keras.__version__} model file {shown}"
    )


def _description(path: Path, kind: str, shown: str) -> Any:
    """The layers as the file describes them."""
    try:
        text = _from_archive(path) if kind == "keras" else _from_hdf5(path)
        found = None if text is None else json.loads(text)
    except Exception as error:
        raise ModelError(
            f"{shown} is damaged ({type(error).__name__}: {printable(_first_line(error), 200)}). "
            "Copy or save it anew."
        ) from error
    if found is None:
        raise ModelError(
            f"{shown} holds weights at most, and no description of a model. "
            "Save the whole model: model.save('model.keras')."
        )
    return found


def _from_archive(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("config.json").file_size
        if size > _LARGEST:
            raise ValueError(f"a description of {size} bytes")
        return archive.read("config.json")


def _from_hdf5(path: Path) -> str | bytes | None:
    import h5py

    with h5py.File(path, "r") as file:
        found: str | bytes | None = file.attrs.get("model_config")
        return found


def _refuse_code(described: Any, shown: str) -> None:
    for part in _parts(described):
        if part["class_name"] in _CODE:
            raise TrustError(
                f"{shown} has a layer that is code ({part['class_name']}). If you trust whoever wrote it "
                "with everything you can do here, pass --trust-code / trust_code=True."
            )


def _parts(described: Any) -> Iterator[dict[str, Any]]:
    stack = [described]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                yield part
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else "no reason given"
