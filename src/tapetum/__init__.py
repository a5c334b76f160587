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
    from tapetum.attribution.blur_ig import blur_ig
    from tapetum.attribution.conductance import conductance
    from tapetum.attribution.deconvnet import deconvnet
    from tapetum.attribution.expected_gradients import expected_gradients
    from tapetum.attribution.fullgrad import fullgrad
    from tapetum.attribution.gradcam import gradcam
    from tapetum.attribution.gradient_times_input import gradient_times_input
    from tapetum.attribution.guided_backprop import guided_backprop
    from tapetum.attribution.guided_ig import guided_ig
    from tapetum.attribution.integrated_gradients import integrated_gradients
    from tapetum.attribution.saliency import saliency
    from tapetum.attribution.smoothed import smoothed
    from tapetum.attribution.smoothgrad import smoothgrad
    from tapetum.attribution.vargrad import vargrad
    from tapetum.errors import TapetumError
    from tapetum.models import load
    from tapetum.network import Layer, Network, Preparation
    from tapetum.pictures import Picture, contact_sheet, open_picture, sample
    from tapetum.registry import METHODS
    from tapetum.results import ClassScore, Explanation, Heatmap, Prediction, Target
    from tapetum.workflows import explain

__version__ = "0.1.0"

_ROOMS = {
    "METHODS": "registry",
    "ClassScore": "results",
    "Explanation": "results",
    "Heatmap": "results",
    "Layer": "network",
    "Network": "network",
    "Picture": "pictures",
    "Prediction": "results",
    "Preparation": "network",
    "TapetumError": "errors",
    "Target": "results",
    "blur_ig": "attribution",
    "conductance": "attribution",
    "contact_sheet": "pictures",
    "deconvnet": "attribution",
    "expected_gradients": "attribution",
    "explain": "workflows",
    "fullgrad": "attribution",
    "gradcam": "attribution",
    "gradient_times_input": "attribution",
    "guided_backprop": "attribution",
    "guided_ig": "attribution",
    "integrated_gradients": "attribution",
    "load": "models",
    "open_picture": "pictures",
    "saliency": "attribution",
    "sample": "pictures",
    "smoothed": "attribution",
    "smoothgrad": "attribution",
    "vargrad": "attribution",
}

__all__ = [
    "METHODS",
    "ClassScore",
    "Explanation",
    "Heatmap",
    "Layer",
    "Network",
    "Picture",
    "Prediction",
    "Preparation",
    "TapetumError",
    "Target",
    "blur_ig",
    "conductance",
    "contact_sheet",
    "deconvnet",
    "expected_gradients",
    "explain",
    "fullgrad",
    "gradcam",
    "gradient_times_input",
    "guided_backprop",
    "guided_ig",
    "integrated_gradients",
    "load",
    "open_picture",
    "saliency",
    "sample",
    "smoothed",
    "smoothgrad",
    "vargrad",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        value = getattr(importlib.import_module(f"tapetum.{_ROOMS[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'tapetum' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
