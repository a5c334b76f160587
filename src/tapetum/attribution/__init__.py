"""Attribution: one file per method, one pure function `method(network, pictures, target, *, options)`."""

from tapetum.attribution.deeplift import deeplift
from tapetum.attribution.gradcam import gradcam
from tapetum.attribution.lrp import lrp
from tapetum.attribution.saliency import saliency

__all__ = ["deeplift", "gradcam", "lrp", "saliency"]
