"""Attribution: one file per method, one pure function `method(network, pictures, target, *, options)`."""

from tapetum.attribution.gradcam import gradcam
from tapetum.attribution.saliency import saliency

__all__ = ["gradcam", "saliency"]
