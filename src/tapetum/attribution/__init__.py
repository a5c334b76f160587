"""Attribution: one file per method, each one pure function `method(network, pictures, target=None, *, options)`."""

from tapetum.attribution.gradcam import gradcam
from tapetum.attribution.saliency import saliency

__all__ = ["gradcam", "saliency"]
