"""Grad-CAM++ and Layer-CAM of a batch, Score-CAM and Ablation-CAM of one picture, beside other libraries."""

import contextlib
import copy
import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.contest import NOTE, Contender, contest
from benchmarks.networks import RACED, Subject, photographs, subject
from benchmarks.settings import Answer, Explain, settings
from benchmarks.table import Row, Section
from benchmarks.timing import Effort
from tapetum.attribution import ablationcam, gradcam_plus_plus, layercam, scorecam
from tapetum.errors import InternalError
from tapetum.network import Network
from tapetum.results import Heatmap

Method = Callable[..., Heatmap]

_GRADIENT: dict[str, tuple[Method, str, str]] = {
    "Grad-CAM++": (gradcam_plus_plus, "GradCAMPlusPlus", "GradCAMpp"),
    "Layer-CAM": (layercam, "LayerCAM", "LayerCAM"),
}
_PERTURBING: dict[str, tuple[Method, str, dict[str, float]]] = {
    "Score-CAM": (scorecam, "ScoreCAM", {"resnet18": 0.6, "lite0": 0.25}),
    "Ablation-CAM": (ablationcam, "AblationCAM", dict.fromkeys(RACED, 0.05)),
}
_SLOW = ("resnet18", "vgg16", "lite0")
_LEAST = Effort(rounds=1, seconds=1.0, least=1)
_NOTE = f"""{NOTE}
torchcam's Grad-CAM++ leaves out the denominator of its coefficients, so its maps are others. grad-cam's
Score-CAM enlarges feature maps with aligned corners, so its maps differ in the last percents."""


def run(names: Sequence[str] = RACED, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One section per method."""
    rows: dict[str, list[Row]] = {title: [] for title in (*_GRADIENT, *_PERTURBING)}
    for name in names:
        chosen = subject(name)
        networks = _networks(chosen)
        batch = photographs(networks["torch"], 16)
        for title in _GRADIENT:
            contenders = _of_gradients(title, chosen, networks, batch)
            rows[title] += contest(name, chosen.module, batch, contenders, effort)
        for title in _PERTURBING if name in _SLOW else ():
            contenders = _of_perturbing(title, chosen, networks, batch[:1])
            rows[title] += contest(name, chosen.module, batch[:1], contenders, _LEAST)
    return [
        Section(f"{title}, batch {16 if title in _GRADIENT else 1}", tuple(found), _NOTE)
        for title, found in rows.items()
    ]


def _networks(chosen: Subject) -> dict[str, Network]:
    """The network on torch alone, and on the compiled engine where that takes it."""
    networks = {"torch": chosen.network("torch"), "compiled": chosen.network("openvino")}
    try:
        networks["compiled"].evaluate(photographs(networks["compiled"], 2))
    except InternalError:
        del networks["compiled"]
    return networks


def _of_gradients(
    title: str, chosen: Subject, networks: dict[str, Network], batch: Tensor
) -> list[Contender]:
    method, grad_cam, torchcam = _GRADIENT[title]
    layer = networks["torch"].layer().name
    return [
        *(Contender(f"tapetum, {e}", {"": _tapetum(method, n, batch)}) for e, n in networks.items()),
        Contender(
            "grad-cam",
            settings(partial(_grad_cam, grad_cam, layer), chosen.module, batch, layer=layer),
            _as_grad_cam_draws,
            rival=0.25,
        ),
        Contender(
            "torchcam",
            settings(partial(_torchcam, torchcam, layer), chosen.module, batch, layer=layer),
            torch.relu,
            rival=0.75,
        ),
    ]


def _of_perturbing(
    title: str, chosen: Subject, networks: dict[str, Network], batch: Tensor
) -> list[Contender]:
    """The compiled engine comes first: the bars are for what runs where everything is installed."""
    method, grad_cam, bars = _PERTURBING[title]
    layer = networks["torch"].layer().name
    engines = sorted(networks, key=lambda engine: engine != "compiled")
    return [
        *(Contender(f"tapetum, {e}", {"": _tapetum(method, networks[e], batch)}) for e in engines),
        Contender(
            "grad-cam",
            {"contiguous": _grad_cam(grad_cam, layer, chosen.module, batch)},
            _as_grad_cam_draws,
            rival=bars.get(chosen.name, 1.0),
        ),
    ]


def _tapetum(method: Method, network: Network, batch: Tensor) -> Explain:
    layer = network.layer()

    def explain() -> Answer:
        inputs = network.inputs(batch)
        with network.remembering(inputs):
            logits, _, _ = network.evaluate(inputs.batch, [layer])
            return Answer(logits, method(network, inputs).values)

    return explain


def _grad_cam(kind: str, layer: str, module: nn.Module, batch: Tensor) -> Explain:
    import pytorch_grad_cam

    module = copy.deepcopy(module)
    method: Any = getattr(pytorch_grad_cam, kind)(module, [module.get_submodule(layer)])

    def explain() -> Answer:
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bars
            maps = method(batch, None)
        return Answer(method.outputs.detach(), torch.from_numpy(maps))

    return explain


def _torchcam(kind: str, layer: str, module: nn.Module, batch: Tensor) -> Explain:
    import torchcam.methods

    method = getattr(torchcam.methods, kind)(module, layer)

    def explain() -> Answer:
        logits = module(batch)
        (maps,) = method(logits.argmax(1).tolist(), logits, normalized=False)
        return Answer(logits.detach(), maps)

    return explain


def _as_grad_cam_draws(maps: Tensor) -> Tensor:
    """Raw maps scaled to 0..1 and to the size of the picture, as grad-cam returns them."""
    from pytorch_grad_cam.utils.image import scale_cam_image

    positive = np.maximum(maps.numpy(), 0)
    return torch.from_numpy(scale_cam_image(scale_cam_image(positive, (224, 224))))
