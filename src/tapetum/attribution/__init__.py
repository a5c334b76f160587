"""Attribution: one file per method, one pure function `method(network, pictures, target, *, options)`."""

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
from tapetum.attribution.smoothed import smoothed
from tapetum.attribution.smoothgrad import smoothgrad
from tapetum.attribution.sobol import sobol
from tapetum.attribution.vargrad import vargrad
from tapetum.attribution.xgradcam import xgradcam

__all__ = [
    "ablationcam",
    "blur_ig",
    "cam",
    "conductance",
    "deconvnet",
    "deeplift",
    "eigencam",
    "eigengradcam",
    "expected_gradients",
    "extremal_perturbation",
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
    "kernel_shap",
    "layercam",
    "lime",
    "lrp",
    "occlusion",
    "rise",
    "saliency",
    "scorecam",
    "smoothed",
    "smoothgrad",
    "sobol",
    "vargrad",
    "xgradcam",
]
