"""Attribution: one file per method, one pure function `method(network, pictures, target, *, options)`."""

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

__all__ = [
    "blur_ig",
    "conductance",
    "deconvnet",
    "expected_gradients",
    "fullgrad",
    "gradcam",
    "gradient_times_input",
    "guided_backprop",
    "guided_ig",
    "integrated_gradients",
    "saliency",
    "smoothed",
    "smoothgrad",
    "vargrad",
]
