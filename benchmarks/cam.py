"""Prediction and Grad-CAM: tapetum, captum, grad-cam and torchcam on the same photographs and layer."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.contest import NOTE, Contender, contest
from benchmarks.networks import RACED, Subject, photographs, subject
from benchmarks.settings import Answer, Explain, as_it_comes, settings
from benchmarks.table import Row, Section
from benchmarks.timing import Effort
from tapetum.attribution import gradcam
from tapetum.errors import InternalError
from tapetum.network import Network

_TORCH = {16: 0.75, 1: 1.0}
_COMPILED = {"resnet18": 0.60, "resnet50": 0.45, "lite0": 0.30}
_OTHERS = {"captum": 0.75, "torchcam": 0.75, "grad-cam": 0.25}


def run(names: Sequence[str] = RACED, effort: Effort = Effort()) -> list[Section]:  # noqa: B008
    """One section per batch size, and one of the libraries as they come.

    That one is last: gradients to weights leave a heap in which everything else, `model(x)` too, is faster.
    """
    rows: dict[int, list[Row]] = {16: [], 1: []}
    left_out = []
    for name in names:
        chosen = subject(name)
        networks, failures = _networks(chosen)
        left_out += failures
        for count in rows:
            batch = photographs(networks["torch"], count)
            contenders = [*_ours(name, networks, batch), *_others(chosen, networks["torch"], batch)]
            rows[count] += contest(name, chosen.module, batch, contenders, effort)
    return [
        Section(f"Prediction and Grad-CAM, batch {count}", tuple(found), "\n".join([NOTE, *left_out]))
        for count, found in rows.items()
    ] + [
        Section(
            "Prediction and Grad-CAM, batch 16, libraries as they come",
            tuple(row for name in names for row in _as_they_come(name, effort)),
            f"{NOTE}\nWeights learn, memory is contiguous: as the libraries' own guides show them.",
        )
    ]


def _networks(chosen: Subject) -> tuple[dict[str, Network], list[str]]:
    """The network on every engine that takes it, and in words why others do not."""
    networks = {
        "torch": chosen.network("torch"),
        "torch, bfloat16": chosen.network("torch", "bfloat16"),
        "compiled": chosen.network("openvino"),
        "compiled, bfloat16": chosen.network("openvino", "bfloat16"),
    }
    failures = []
    for engine, network in list(networks.items()):
        try:
            _tapetum(network, photographs(network, 2))()
        except InternalError as error:
            failures.append(f"{chosen.name}, {engine}: {error}")
            del networks[engine]
    return networks, failures


def _ours(name: str, networks: Mapping[str, Network], batch: Tensor) -> list[Contender]:
    bars = {}
    if name in _COMPILED:
        bars["torch"] = _TORCH[len(batch)]
        bars["compiled"] = _COMPILED[name] if len(batch) == 16 else None
    return [
        Contender(f"tapetum, {engine}", {"": _tapetum(network, batch)}, bar=bars.get(engine))
        for engine, network in networks.items()
    ]


def _others(chosen: Subject, network: Network, batch: Tensor) -> list[Contender]:
    layer = network.layer().name
    return [
        Contender(
            library,
            settings(partial(maker, layer), chosen.module, batch, layer=layer),
            _drawn(library),
            rival=_OTHERS[library],
        )
        for library, maker in _LIBRARIES.items()
    ]


def _as_they_come(name: str, effort: Effort) -> list[Row]:
    """The libraries on a module as it is built, beside tapetum on torch, 16 pictures."""
    chosen = subject(name)
    network = chosen.network("torch")
    batch, layer = photographs(network, 16), network.layer().name
    contenders = [Contender("tapetum, torch", {"": _tapetum(network, batch)})]
    for library, maker in _LIBRARIES.items():
        plain = as_it_comes(partial(maker, layer), chosen.module, batch)
        contenders.append(Contender(library, plain, _drawn(library), rival=_OTHERS[library]))
    return contest(name, chosen.module, batch, contenders, effort)


def _drawn(library: str) -> Callable[[Tensor], Tensor]:
    """What turns raw maps into those that a library returns."""
    return _as_grad_cam_draws if library == "grad-cam" else torch.relu


def _tapetum(network: Network, batch: Tensor) -> Explain:
    layer = network.layer()

    def explain() -> Answer:
        inputs = network.inputs(batch)
        with network.remembering(inputs):
            logits, _, _ = network.evaluate(inputs.batch, [layer])
            return Answer(logits, gradcam(network, inputs).values)

    return explain


def _captum(layer: str, module: nn.Module, batch: Tensor) -> Explain:
    from captum.attr import LayerGradCam

    seen: list[Tensor] = []

    def predicted(pictures: Tensor) -> Tensor:
        """The score of the predicted class; captum's own forward pass tells the logits."""
        seen.append(module(pictures))
        return seen[-1].amax(1)

    method = LayerGradCam(predicted, module.get_submodule(layer))

    def explain() -> Answer:
        seen.clear()
        maps = method.attribute(batch, relu_attributions=True)
        assert isinstance(maps, Tensor)
        return Answer(seen[0].detach(), maps[:, 0].detach())

    return explain


def _grad_cam(layer: str, module: nn.Module, batch: Tensor) -> Explain:
    from pytorch_grad_cam import GradCAM

    method = GradCAM(module, [module.get_submodule(layer)])

    def explain() -> Answer:
        maps = method(batch, None)
        return Answer(method.outputs.detach(), torch.from_numpy(maps))

    return explain


def _torchcam(layer: str, module: nn.Module, batch: Tensor) -> Explain:
    from torchcam.methods import GradCAM

    method = GradCAM(module, layer)

    def explain() -> Answer:
        logits = module(batch)
        (maps,) = method(logits.argmax(1).tolist(), logits, normalized=False)
        return Answer(logits.detach(), maps)

    return explain


_LIBRARIES = {"captum": _captum, "grad-cam": _grad_cam, "torchcam": _torchcam}


def _as_grad_cam_draws(maps: Tensor) -> Tensor:
    """Raw maps scaled to 0..1 and to the size of the picture, as grad-cam returns them."""
    from pytorch_grad_cam.utils.image import scale_cam_image

    positive = np.maximum(maps.numpy(), 0)
    return torch.from_numpy(scale_cam_image(scale_cam_image(positive, (224, 224))))
