"""Attribution: one file per method, one pure function `method(network, pictures, target, *, options)`."""

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

__all__ = [
    "ablationcam",
    "cam",
    "deeplift",
    "eigencam",
    "eigengradcam",
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
    "lrp",
    "occlusion",
    "rise",
    "saliency",
    "scorecam",
    "sobol",
    "xgradcam",
]
