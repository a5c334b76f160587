"""The same maps as captum and pytorch-grad-cam, on real architectures with seeded weights.

In float64 every pixel agrees to 1e-4 of the map's largest value (measured: 5e-8, the rounding of the float32
in which a heatmap is kept). In float32 Grad-CAM does too (measured: 3e-6). Saliency in float32 is another
matter: folding and memory format change a pre-activation by rounding, a ReLU that sits within rounding of
zero flips its mask, and the gradient jumps wherever that unit looks. Measured: every pixel within 2e-6 on
ResNet-18, DenseNet-121 and lite0; on VGG-16, where few units carry the gradient, 93.6 % of the pixels within
1e-4 and the largest jump 1.6 %. captum alone jumps when its own model is moved to channels-last memory: the
last test says so.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from small_networks import noise
from torch import Tensor, nn

from tapetum.attribution import gradcam, saliency
from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation

tv, timm = import_torchvision().models, import_timm()
captum = pytest.importorskip("captum.attr")
pytorch_grad_cam = pytest.importorskip("pytorch_grad_cam")

# DenseNet overwrites norm5's output by a functional in-place ReLU, which hooks of other libraries see; so the
# block before it stands for the last layer there.
NETWORKS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "resnet18": (tv.resnet18, "layer4"),
    "vgg16": (tv.vgg16, "features.29"),
    "densenet121": (tv.densenet121, "features.denseblock4"),
    "lite0": (lambda: timm.create_model("tf_efficientnet_lite0"), "bn2"),
}
SIZE = 96
TARGETS = [3, 7]


@pytest.fixture(scope="module", params=NETWORKS)
def pair(request: pytest.FixtureRequest) -> tuple[str, nn.Module]:
    torch.manual_seed(0)
    return request.param, NETWORKS[request.param][0]().eval()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_maps(pair: tuple[str, nn.Module], dtype: torch.dtype) -> None:
    name, model = pair
    model, layer = copy.deepcopy(model).to(dtype), NETWORKS[name][1]
    batch = noise((2, 3, SIZE, SIZE), dtype=dtype)
    network = Network(model, Preparation(SIZE, SIZE), engine="torch")
    peer = _without_in_place(model)

    ours = gradcam(network, batch, TARGETS, layer=layer).values
    for theirs in (_captum_cam(peer, layer, batch), _grad_cam(peer, layer, batch)):
        assert float(_differences(ours, theirs).max()) <= 1e-4

    differences = _differences(saliency(network, batch, TARGETS).values, _captum_saliency(peer, batch))
    if dtype is torch.float64:
        assert float(differences.max()) <= 1e-4
    else:
        enough, furthest = (0.9, 0.05) if name == "vgg16" else (0.999, 0.02)
        assert float((differences <= 1e-4).double().mean()) >= enough
        assert float(differences.max()) <= furthest


def test_captum_itself_jumps_when_memory_format_changes() -> None:
    torch.manual_seed(0)
    model = _without_in_place(tv.vgg16().eval())
    batch = noise((2, 3, SIZE, SIZE))
    plain = _captum_saliency(model, batch)
    other = _captum_saliency(
        model.to(memory_format=torch.channels_last), batch.contiguous(memory_format=torch.channels_last)
    )
    assert float(_differences(other, plain).max()) > 1e-4


def _differences(ours: Tensor, theirs: Tensor) -> Tensor:
    """Per pixel, relative to the largest value of each picture's map."""
    assert ours.shape == theirs.shape
    theirs = theirs.double()
    return (ours.double() - theirs).abs() / theirs.abs().amax((1, 2), keepdim=True)


def _without_in_place(model: nn.Module) -> nn.Module:
    peer = copy.deepcopy(model)
    for module in peer.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return peer


def _captum_saliency(model: nn.Module, batch: Tensor) -> Tensor:
    return captum.Saliency(model).attribute(batch.clone().requires_grad_(), target=TARGETS).abs().amax(1)


def _captum_cam(model: nn.Module, layer: str, batch: Tensor) -> Tensor:
    peer = captum.LayerGradCam(model, model.get_submodule(layer))
    return peer.attribute(batch, target=TARGETS, relu_attributions=False)[:, 0].detach()


def _grad_cam(model: nn.Module, layer: str, batch: Tensor) -> Tensor:
    """Before its ReLU, its normalisation and its enlarging."""
    module: Any = model.get_submodule(layer)
    with pytorch_grad_cam.GradCAM(model, [module]) as peer:
        logits = peer.activations_and_grads(batch)
        logits[[0, 1], TARGETS].sum().backward()
        (values,), (gradients,) = peer.activations_and_grads.activations, peer.activations_and_grads.gradients
        image = peer.get_cam_image(batch, module, None, values.detach().numpy(), gradients.numpy(), False)
    return torch.from_numpy(np.asarray(image))
