"""The table of methods: what differs between them stands here, and is asked of nothing else."""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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
from tapetum.attribution.smoothed import By, smoothed
from tapetum.attribution.smoothgrad import smoothgrad
from tapetum.attribution.sobol import sobol
from tapetum.attribution.vargrad import vargrad
from tapetum.attribution.xgradcam import xgradcam
from tapetum.errors import MethodError
from tapetum.network import Network
from tapetum.options import Option, check_names, nearest, options_of, parsed
from tapetum.results import Heatmap

Family = Literal["gradient", "path", "class activation", "relevance", "perturbation"]
Opposition = Literal["shown", "left out", "not told"]


@dataclass(frozen=True)
class Method:
    """One way to explain, callable like its function: `method(network, pictures, target=None, **options)`.

    `cost` counts passes per picture: F forward, B backward to the input, b backward of the head only, T
    forward of the head only. `signed`: negative values mean evidence against the target. `needs_layer`: works
    at a layer with rows and columns. `complete`: the values sum to the score, so that a residual is reported.
    `passes_back`: starts with a gradient with respect to the given picture itself, so that the
    forward pass is one that gradients can go back through. `needs_pooled_head`: applies only to networks that
    end in mean pooling and one linear layer. `opposition`: what becomes of evidence against the target:
    values below zero, an empty map, or nothing that could be told from the values' sign. `quick`: options
    that cost much less, at lower quality.
    """

    key: str
    title: str
    function: Callable[..., Heatmap]
    family: Family
    cost: str
    signed: bool
    needs_layer: bool
    complete: bool
    reference: str
    passes_back: bool = False
    needs_pooled_head: bool = False
    opposition: Opposition = "shown"
    quick: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """What the method is, as plain data, without its options."""
        return {
            "key": self.key,
            "title": self.title,
            "family": self.family,
            "cost": self.cost,
            "signed": self.signed,
            "needs_layer": self.needs_layer,
            "complete": self.complete,
            "summary": self.summary,
            "reference": self.reference,
        }

    def __call__(
        self,
        network: Network,
        pictures: Any,
        target: Any = None,
        *,
        smooth: int | None = None,
        smooth_by: By = "noise",
        **options: Any,
    ) -> Heatmap:
        """Explain one or many pictures; with `smooth`, as the mean over so many changed copies of each.

        Raises:
            MethodError: an option that this method does not have.
        """
        self.check(options)
        if smooth is None:
            return self.function(network, pictures, target, **options)
        function = functools.partial(self.function, **options)
        return smoothed(function, network, pictures, target, samples=smooth, by=smooth_by)

    @property
    def options(self) -> tuple[Option, ...]:
        """The method's own options, read off its signature."""
        return options_of(self.function)

    @property
    def single(self) -> bool:
        """Whether a few passes are enough: none of them as often as an option or the channels want."""
        return not any(sign in self.cost for sign in "nC")

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").splitlines()[0]

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise MethodError for an option that this method does not have."""
        check_names(self.key, self.options, options)

    def parse(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Options typed as text, in the types of the signature.

        Raises:
            MethodError: an unknown option, or a text that is not of its type.
        """
        return parsed(self.key, self.options, given)


METHODS: dict[str, Method] = {
    "saliency": Method(
        key="saliency",
        title="Saliency",
        function=saliency,
        family="gradient",
        cost="F + B",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Simonyan, Vedaldi, Zisserman 2013",
        passes_back=True,
    ),
    "cam": Method(
        key="cam",
        title="CAM",
        function=cam,
        family="class activation",
        cost="F",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Zhou et al. 2016",
        needs_pooled_head=True,
    ),
    "gradient-times-input": Method(
        key="gradient-times-input",
        title="Gradient × input",
        function=gradient_times_input,
        family="gradient",
        cost="F + B",
        signed=True,
        needs_layer=False,
        complete=False,
        reference="Shrikumar et al. 2016",
        passes_back=True,
    ),
    "smoothgrad": Method(
        key="smoothgrad",
        title="SmoothGrad",
        function=smoothgrad,
        family="gradient",
        cost="n(F + B)",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Smilkov et al. 2017",
    ),
    "vargrad": Method(
        key="vargrad",
        title="VarGrad",
        function=vargrad,
        family="gradient",
        cost="n(F + B)",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Adebayo et al. 2018",
    ),
    "guided-backprop": Method(
        key="guided-backprop",
        title="Guided backpropagation",
        function=guided_backprop,
        family="gradient",
        cost="F + B",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Springenberg et al. 2014",
    ),
    "deconvnet": Method(
        key="deconvnet",
        title="Deconvnet",
        function=deconvnet,
        family="gradient",
        cost="F + B",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Zeiler, Fergus 2013",
    ),
    "fullgrad": Method(
        key="fullgrad",
        title="FullGrad",
        function=fullgrad,
        family="gradient",
        cost="2F + B",
        signed=True,
        needs_layer=False,
        complete=True,
        reference="Srinivas, Fleuret 2019",
    ),
    "integrated-gradients": Method(
        key="integrated-gradients",
        title="Integrated gradients",
        function=integrated_gradients,
        family="path",
        cost="n(F + B)",
        signed=True,
        needs_layer=False,
        complete=True,
        reference="Sundararajan, Taly, Yan 2017",
    ),
    "expected-gradients": Method(
        key="expected-gradients",
        title="Expected gradients",
        function=expected_gradients,
        family="path",
        cost="n(2F + B)",
        signed=True,
        needs_layer=False,
        complete=True,
        reference="Erion et al. 2021",
    ),
    "blur-ig": Method(
        key="blur-ig",
        title="Blur integrated gradients",
        function=blur_ig,
        family="path",
        cost="n(F + B)",
        signed=True,
        needs_layer=False,
        complete=True,
        reference="Xu, Venugopalan, Sundararajan 2020",
        opposition="not told",
    ),
    "guided-ig": Method(
        key="guided-ig",
        title="Guided integrated gradients",
        function=guided_ig,
        family="path",
        cost="n(F + B)",
        signed=True,
        needs_layer=False,
        complete=True,
        reference="Kapishnikov et al. 2021",
    ),
    "conductance": Method(
        key="conductance",
        title="Conductance",
        function=conductance,
        family="path",
        cost="n(F + b)",
        signed=True,
        needs_layer=True,
        complete=True,
        reference="Dhamdhere, Sundararajan, Yan 2018",
    ),
    "gradcam": Method(
        key="gradcam",
        title="Grad-CAM",
        function=gradcam,
        family="class activation",
        cost="F + b",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Selvaraju et al. 2017",
    ),
    "gradcam-plus-plus": Method(
        key="gradcam-plus-plus",
        title="Grad-CAM++",
        function=gradcam_plus_plus,
        family="class activation",
        cost="F + b",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Chattopadhyay et al. 2018",
        opposition="left out",
    ),
    "xgradcam": Method(
        key="xgradcam",
        title="XGrad-CAM",
        function=xgradcam,
        family="class activation",
        cost="F + b",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Fu et al. 2020",
    ),
    "hirescam": Method(
        key="hirescam",
        title="HiRes-CAM",
        function=hirescam,
        family="class activation",
        cost="F + b",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Draelos, Carin 2020",
    ),
    "layercam": Method(
        key="layercam",
        title="Layer-CAM",
        function=layercam,
        family="class activation",
        cost="F + b",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Jiang et al. 2021",
        opposition="left out",
    ),
    "eigencam": Method(
        key="eigencam",
        title="Eigen-CAM",
        function=eigencam,
        family="class activation",
        cost="F",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Muhammad, Yeasin 2020",
        opposition="not told",
    ),
    "eigengradcam": Method(
        key="eigengradcam",
        title="Eigen-Grad-CAM",
        function=eigengradcam,
        family="class activation",
        cost="F + b",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Gildenblat et al. 2021",
        opposition="not told",
    ),
    "finercam": Method(
        key="finercam",
        title="Finer-CAM",
        function=finercam,
        family="class activation",
        cost="F + b",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Zhang et al. 2025",
    ),
    "guided-gradcam": Method(
        key="guided-gradcam",
        title="Guided Grad-CAM",
        function=guided_gradcam,
        family="class activation",
        cost="2F + B + b",
        signed=False,
        needs_layer=True,
        complete=False,
        reference="Selvaraju et al. 2017",
        opposition="left out",
    ),
    "scorecam": Method(
        key="scorecam",
        title="Score-CAM",
        function=scorecam,
        family="class activation",
        cost="(C + 1)F",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Wang et al. 2020",
        opposition="not told",
    ),
    "ablationcam": Method(
        key="ablationcam",
        title="Ablation-CAM",
        function=ablationcam,
        family="class activation",
        cost="F + (C + 1)T",
        signed=True,
        needs_layer=True,
        complete=False,
        reference="Desai, Ramaswamy 2020",
    ),
    "deeplift": Method(
        key="deeplift",
        title="DeepLIFT",
        function=deeplift,
        family="relevance",
        cost="2F + rules",
        signed=True,
        needs_layer=False,
        complete=True,
        reference="Shrikumar, Greenside, Kundaje 2017",
    ),
    "lrp": Method(
        key="lrp",
        title="Layer-wise relevance propagation",
        function=lrp,
        family="relevance",
        cost="F + rules",
        signed=True,
        needs_layer=False,
        complete=True,
        reference="Bach et al. 2015; Montavon et al. 2017; Kohlbrenner et al. 2020",
    ),
    "occlusion": Method(
        key="occlusion",
        title="Occlusion",
        function=occlusion,
        family="perturbation",
        cost="nF",
        signed=True,
        needs_layer=False,
        complete=False,
        reference="Zeiler, Fergus 2013",
    ),
    "rise": Method(
        key="rise",
        title="RISE",
        function=rise,
        family="perturbation",
        cost="nF",
        signed=True,
        needs_layer=False,
        complete=False,
        reference="Petsiuk, Das, Saenko 2018",
        quick={"samples": 1000},
    ),
    "lime": Method(
        key="lime",
        title="LIME",
        function=lime,
        family="perturbation",
        cost="nF",
        signed=True,
        needs_layer=False,
        complete=False,
        reference="Ribeiro, Singh, Guestrin 2016",
        quick={"samples": 200, "segments": 20},
    ),
    "kernel-shap": Method(
        key="kernel-shap",
        title="Kernel SHAP",
        function=kernel_shap,
        family="perturbation",
        cost="nF",
        signed=True,
        needs_layer=False,
        complete=True,
        reference="Lundberg, Lee 2017",
        quick={"samples": 200, "segments": 20},
    ),
    "sobol": Method(
        key="sobol",
        title="Sobol indices",
        function=sobol,
        family="perturbation",
        cost="nF",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Fel et al. 2021",
        quick={"design": 16, "cells": 5},
    ),
    "hsic": Method(
        key="hsic",
        title="HSIC",
        function=hsic,
        family="perturbation",
        cost="nF",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Novello, Fel, Vigouroux 2022",
        quick={"samples": 300, "cells": 6},
    ),
    "extremal-perturbation": Method(
        key="extremal-perturbation",
        title="Extremal perturbation",
        function=extremal_perturbation,
        family="perturbation",
        cost="n(F + B)",
        signed=False,
        needs_layer=False,
        complete=False,
        reference="Fong, Patrick, Vedaldi 2019",
        quick={"areas": "0.1, 0.3", "steps": 20},
    ),
}


def find_method(key: str) -> Method:
    """The method of this key.

    Raises:
        MethodError: there is none; the message lists the nearest keys.
    """
    if key in METHODS:
        return METHODS[key]
    raise MethodError(
        f"There is no method {key!r}. The nearest are: {nearest(key, METHODS)}; `tapetum methods` lists all."
    )
