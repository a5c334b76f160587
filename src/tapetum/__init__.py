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
    from tapetum.attribution.ablationcam import ablationcam
    from tapetum.attribution.cam import cam
    from tapetum.attribution.deeplift import deeplift
    from tapetum.attribution.eigencam import eigencam
    from tapetum.attribution.eigengradcam import eigengradcam
    from tapetum.attribution.extremal_perturbation import extremal_perturbation
    from tapetum.attribution.finercam import finercam
    from tapetum.attribution.gradcam import gradcam
    from tapetum.attribution.gradcam_plus_plus import gradcam_plus_plus
    from tapetum.attribution.guided_gradcam import guided_gradcam
    from tapetum.attribution.hirescam import hirescam
    from tapetum.attribution.hsic import hsic
    from tapetum.attribution.kernel_shap import kernel_shap
    from tapetum.attribution.layercam import layercam
    from tapetum.attribution.lime import lime
    from tapetum.attribution.lrp import lrp
    from tapetum.attribution.occlusion import occlusion
    from tapetum.attribution.rise import rise
    from tapetum.attribution.saliency import saliency
    from tapetum.attribution.scorecam import scorecam
    from tapetum.attribution.sobol import sobol
    from tapetum.attribution.xgradcam import xgradcam
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
    "ablationcam": "attribution",
    "cam": "attribution",
    "contact_sheet": "pictures",
    "deeplift": "attribution",
    "eigencam": "attribution",
    "eigengradcam": "attribution",
    "explain": "workflows",
    "extremal_perturbation": "attribution",
    "finercam": "attribution",
    "gradcam": "attribution",
    "gradcam_plus_plus": "attribution",
    "guided_gradcam": "attribution",
    "hirescam": "attribution",
    "hsic": "attribution",
    "kernel_shap": "attribution",
    "layercam": "attribution",
    "lime": "attribution",
    "load": "models",
    "lrp": "attribution",
    "occlusion": "attribution",
    "open_picture": "pictures",
    "rise": "attribution",
    "saliency": "attribution",
    "sample": "pictures",
    "scorecam": "attribution",
    "sobol": "attribution",
    "xgradcam": "attribution",
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
    "ablationcam",
    "cam",
    "contact_sheet",
    "deeplift",
    "eigencam",
    "eigengradcam",
    "explain",
    "extremal_perturbation",
    "finercam",
    "gradcam",
    "gradcam_plus_plus",
    "guided_gradcam",
    "hirescam",
    "hsic",
    "kernel_shap",
    "layercam",
    "lime",
    "load",
    "lrp",
    "occlusion",
    "open_picture",
    "rise",
    "saliency",
    "sample",
    "scorecam",
    "sobol",
    "xgradcam",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        value = getattr(importlib.import_module(f"tapetum.{_ROOMS[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'tapetum' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
