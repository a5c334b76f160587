"""Keras, imported for torch: it chooses its backend once, when it is imported."""

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

from tapetum.errors import ModelError

_FIRST = (3, 13)
"""Versions before this one have known holes in how they load model files."""


def import_keras() -> Any:
    """Keras on the torch backend.

    Where nobody has imported Keras yet and KERAS_BACKEND is not set, torch is chosen for it.

    Raises:
        ModelError: Keras is not installed, is too old, or computes with another library.
    """
    chosen = "keras" in sys.modules or "KERAS_BACKEND" in os.environ
    try:
        if not chosen:
            os.environ["KERAS_BACKEND"] = "torch"
        import keras
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "keras":
            raise ModelError('Keras is not installed. Install it: pip install "tapetum[keras]".') from error
        raise ModelError(
            f"Keras cannot be imported ({error}). Set KERAS_BACKEND=torch before it is, or mend it."
        ) from error
    finally:
        if not chosen:
            del os.environ["KERAS_BACKEND"]
    _check(keras)
    return keras


def application_names() -> tuple[str, ...]:
    """The classifiers of keras.applications that run on torch; none where Keras is not installed.

    They are read off from its list of names, for importing Keras takes seconds.
    """
    try:
        found = importlib.util.find_spec("keras")
    except ValueError:
        found = None
    if found is None or found.origin is None:
        return ()
    listed = (Path(found.origin).parent / "applications" / "__init__.py").read_text("utf-8")
    names = re.findall(r"\b([A-Z]\w*) as \1\b", listed)
    return tuple(name for name in names if not name.startswith("NASNet"))  # which Keras refuses on torch


def is_keras_model(source: Any) -> bool:
    """Whether a source is a model of Keras; it is not imported for the question."""
    model = getattr(sys.modules.get("keras"), "Model", None)
    return model is not None and isinstance(source, model)


def _check(keras: Any) -> None:
    version = tuple(int(part) for part in keras.__version__.split(".")[:2])
    if version < _FIRST:
        raise ModelError(
            f"Keras {keras.__version__} is older than {'.'.join(map(str, _FIRST))}. "
            'Renew it: pip install -U "tapetum[keras]".'
        )
    backend = keras.config.backend()
    if backend != "torch":
        raise ModelError(
            f"Keras computes with {backend} here, and Tapetum reads its models on torch only. "
            "Set KERAS_BACKEND=torch before keras is imported, and load the model again."
        )
