"""Attribution: one file per method, one pure function `method(network, pictures, target, *, options)`."""

from tapetum.attribution.extremal_perturbation import extremal_perturbation
from tapetum.attribution.gradcam import gradcam
from tapetum.attribution.hsic import hsic
from tapetum.attribution.kernel_shap import kernel_shap
from tapetum.attribution.lime import lime
from tapetum.attribution.occlusion import occlusion
from tapetum.attribution.rise import rise
from tapetum.attribution.saliency import saliency
from tapetum.attribution.sobol import sobol

__all__ = [
    "extremal_perturbation",
    "gradcam",
    "hsic",
    "kernel_shap",
    "lime",
    "occlusion",
    "rise",
    "saliency",
    "sobol",
]
