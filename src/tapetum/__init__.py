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
    from tapetum.attribution.blur_ig import blur_ig
    from tapetum.attribution.cam import cam
    from tapetum.attribution.conductance import conductance
    from tapetum.attribution.deconvnet import deconvnet
    from tapetum.attribution.deeplift import deeplift
    from tapetum.attribution.eigencam import eigencam
    from tapetum.attribution.eigengradcam import eigengradcam
    from tapetum.attribution.expected_gradients import expected_gradients
    from tapetum.attribution.extremal_perturbation import extremal_perturbation
    from tapetum.attribution.finercam import finercam
    from tapetum.attribution.fullgrad import fullgrad
    from tapetum.attribution.gradcam import gradcam
    from tapetum.attribution.gradcam_plus_plus import gradcam_plus_plus
    from tapetum.attribution.gradient_times_input import gradient_times_input
    from tapetum.attribution.guided_backprop import guided_backprop
    from tapetum.attribution.guided_gradcam import guided_gradcam
    from tapetum.attribution.guided_ig import guided_ig
    from tapetum.attribution.hirescam import hirescam
    from tapetum.attribution.hsic import hsic
    from tapetum.attribution.integrated_gradients import integrated_gradients
    from tapetum.attribution.kernel_shap import kernel_shap
    from tapetum.attribution.layercam import layercam
    from tapetum.attribution.lime import lime
    from tapetum.attribution.lrp import lrp
    from tapetum.attribution.occlusion import occlusion
    from tapetum.attribution.rise import rise
    from tapetum.attribution.saliency import saliency
    from tapetum.attribution.scorecam import scorecam
    from tapetum.attribution.smoothgrad import smoothgrad
    from tapetum.attribution.sobol import sobol
    from tapetum.attribution.vargrad import vargrad
    from tapetum.attribution.xgradcam import xgradcam
    from tapetum.errors import TapetumError
    from tapetum.features import (
        Objective,
        arithmetic,
        direction_objective,
        evidence,
        feature_maps,
        kernels,
        parse_objective,
        receptive_field,
        silence,
    )
    from tapetum.learning import Film, film_callback, keras_film_callback
    from tapetum.lessons import lesson
    from tapetum.mechanics import as_matrix, convolution, pooling
    from tapetum.models import Design, design, load
    from tapetum.network import Layer, Network, Preparation
    from tapetum.pictures import Picture, contact_sheet, open_picture, sample
    from tapetum.registry import METHODS
    from tapetum.results import (
        Arithmetic,
        Attack,
        ClassScore,
        Comparison,
        ConvolutionMatrix,
        Dream,
        Evidence,
        Examples,
        Explanation,
        Heatmap,
        Journey,
        KernelSheet,
        LayerSheet,
        Pareidolia,
        Prediction,
        ReceptiveField,
        Reel,
        Scores,
        Silence,
        SlidingWindow,
        Story,
        Target,
        Training,
        Visualisation,
    )
    from tapetum.workflows import (
        activation_grid,
        attack,
        compare,
        dream,
        evaluate,
        examples,
        explain,
        journey,
        pareidolia,
        train,
        visualise,
        visualise_layer,
    )

__version__ = "0.1.0"

_ROOMS = {
    "METHODS": "registry",
    "Arithmetic": "results",
    "Attack": "results",
    "ClassScore": "results",
    "Comparison": "results",
    "ConvolutionMatrix": "results",
    "Design": "models",
    "Dream": "results",
    "Evidence": "results",
    "Examples": "results",
    "Explanation": "results",
    "Film": "learning",
    "Heatmap": "results",
    "Journey": "results",
    "KernelSheet": "results",
    "Layer": "network",
    "LayerSheet": "results",
    "Network": "network",
    "Objective": "features",
    "Pareidolia": "results",
    "Picture": "pictures",
    "Prediction": "results",
    "Preparation": "network",
    "ReceptiveField": "results",
    "Reel": "results",
    "Scores": "results",
    "Silence": "results",
    "SlidingWindow": "results",
    "TapetumError": "errors",
    "Story": "results",
    "Target": "results",
    "Training": "results",
    "Visualisation": "results",
    "ablationcam": "attribution",
    "activation_grid": "workflows",
    "arithmetic": "features",
    "as_matrix": "mechanics",
    "attack": "workflows",
    "blur_ig": "attribution",
    "cam": "attribution",
    "compare": "workflows",
    "conductance": "attribution",
    "contact_sheet": "pictures",
    "convolution": "mechanics",
    "deconvnet": "attribution",
    "deeplift": "attribution",
    "design": "models",
    "direction_objective": "features",
    "dream": "workflows",
    "eigencam": "attribution",
    "eigengradcam": "attribution",
    "evaluate": "workflows",
    "evidence": "features",
    "examples": "workflows",
    "expected_gradients": "attribution",
    "explain": "workflows",
    "extremal_perturbation": "attribution",
    "feature_maps": "features",
    "film_callback": "learning",
    "finercam": "attribution",
    "fullgrad": "attribution",
    "gradcam": "attribution",
    "gradcam_plus_plus": "attribution",
    "gradient_times_input": "attribution",
    "guided_backprop": "attribution",
    "guided_gradcam": "attribution",
    "guided_ig": "attribution",
    "hirescam": "attribution",
    "hsic": "attribution",
    "integrated_gradients": "attribution",
    "journey": "workflows",
    "keras_film_callback": "learning",
    "kernel_shap": "attribution",
    "kernels": "features",
    "layercam": "attribution",
    "lime": "attribution",
    "lesson": "lessons",
    "load": "models",
    "lrp": "attribution",
    "occlusion": "attribution",
    "open_picture": "pictures",
    "pareidolia": "workflows",
    "parse_objective": "features",
    "pooling": "mechanics",
    "receptive_field": "features",
    "rise": "attribution",
    "saliency": "attribution",
    "sample": "pictures",
    "scorecam": "attribution",
    "silence": "features",
    "smoothgrad": "attribution",
    "sobol": "attribution",
    "train": "workflows",
    "vargrad": "attribution",
    "visualise": "workflows",
    "visualise_layer": "workflows",
    "xgradcam": "attribution",
}

__all__ = [
    "METHODS",
    "Arithmetic",
    "Attack",
    "ClassScore",
    "Comparison",
    "ConvolutionMatrix",
    "Design",
    "Dream",
    "Evidence",
    "Examples",
    "Explanation",
    "Film",
    "Heatmap",
    "Journey",
    "KernelSheet",
    "Layer",
    "LayerSheet",
    "Network",
    "Objective",
    "Pareidolia",
    "Picture",
    "Prediction",
    "Preparation",
    "ReceptiveField",
    "Reel",
    "Scores",
    "Silence",
    "SlidingWindow",
    "Story",
    "TapetumError",
    "Target",
    "Training",
    "Visualisation",
    "ablationcam",
    "activation_grid",
    "arithmetic",
    "as_matrix",
    "attack",
    "blur_ig",
    "cam",
    "compare",
    "conductance",
    "contact_sheet",
    "convolution",
    "deconvnet",
    "deeplift",
    "design",
    "direction_objective",
    "dream",
    "eigencam",
    "eigengradcam",
    "evaluate",
    "evidence",
    "examples",
    "expected_gradients",
    "explain",
    "extremal_perturbation",
    "feature_maps",
    "film_callback",
    "finercam",
    "fullgrad",
    "gradcam",
    "gradcam_plus_plus",
    "gradient_times_input",
    "guided_backprop",
    "guided_gradcam",
    "guided_ig",
    "hirescam",
    "hsic",
    "integrated_gradients",
    "journey",
    "keras_film_callback",
    "kernel_shap",
    "kernels",
    "layercam",
    "lesson",
    "lime",
    "load",
    "lrp",
    "occlusion",
    "open_picture",
    "pareidolia",
    "parse_objective",
    "pooling",
    "receptive_field",
    "rise",
    "saliency",
    "sample",
    "scorecam",
    "silence",
    "smoothgrad",
    "sobol",
    "train",
    "vargrad",
    "visualise",
    "visualise_layer",
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
