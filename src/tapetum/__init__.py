"""Tapetum shows how a convolutional network recognises a picture, from the pixels to the verdict.

Names are loaded when they are first used, so that `import tapetum` costs nothing.

Example:
    >>> import tapetum
    >>> net = tapetum.load("lite0")
    >>> net.predict(tapetum.sample("cat"))[0].label
    'Egyptian cat'
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tapetum.attribution.gradcam import gradcam
    from tapetum.attribution.saliency import saliency
    from tapetum.errors import TapetumError
    from tapetum.models import load
    from tapetum.network import Layer, Network, Preparation
    from tapetum.pictures import Picture, contact_sheet, open_picture, sample
    from tapetum.registry import METHODS
    from tapetum.results import ClassScore, Comparison, Explanation, Heatmap, Prediction, Target
    from tapetum.workflows import compare, explain

__version__ = "0.1.0"

_ROOMS = {
    "METHODS": "registry",
    "ClassScore": "results",
    "Comparison": "results",
    "Explanation": "results",
    "Heatmap": "results",
    "Layer": "network",
    "Network": "network",
    "Picture": "pictures",
    "Prediction": "results",
    "Preparation": "network",
    "TapetumError": "errors",
    "Target": "results",
    "compare": "workflows",
    "contact_sheet": "pictures",
    "explain": "workflows",
    "gradcam": "attribution",
    "load": "models",
    "open_picture": "pictures",
    "saliency": "attribution",
    "sample": "pictures",
}

__all__ = [
    "METHODS",
    "ClassScore",
    "Comparison",
    "Explanation",
    "Heatmap",
    "Layer",
    "Network",
    "Picture",
    "Prediction",
    "Preparation",
    "TapetumError",
    "Target",
    "compare",
    "contact_sheet",
    "explain",
    "gradcam",
    "load",
    "open_picture",
    "saliency",
    "sample",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        value = getattr(importlib.import_module(f"tapetum.{_ROOMS[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'tapetum' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
