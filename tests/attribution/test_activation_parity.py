"""The class activation family beside pytorch-grad-cam, torchcam and captum, on real architectures.

In float64, relative to each map's largest value, before any normalisation: 1e-4 is asked for; what remains is
the rounding of the float32 in which a heatmap is kept, and constants that others add to their denominators.

- pytorch-grad-cam's Grad-CAM++ adds 1e-6 to a denominator of the size of the squared gradient, which for the
  gradients of an untrained network is all there is. So the score is scaled there by 1e4, in both libraries.
- torchcam's Grad-CAM++ divides a copy of its coefficients and throws it away, so its weights are the cubed
  gradient: it is no peer for that method.
- pytorch-grad-cam's Score-CAM enlarges with aligned corners and includes flat feature maps in its softmax;
  the paper's own code enlarges without. Here it is given the same enlarging, and as flat maps change
  all weights by one factor, the maps are compared relative to their largest value.
- pytorch-grad-cam's Ablation-CAM divides by the score, which is one factor as well.
"""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from small_networks import noise, seeded
from torch import Tensor, nn

from tapetum.attribution import (
    ablationcam,
    eigencam,
    eigengradcam,
    finercam,
    gradcam_plus_plus,
    guided_gradcam,
    hirescam,
    layercam,
    scorecam,
    xgradcam,
)
from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation

tv, timm = import_torchvision().models, import_timm()
captum = pytest.importorskip("captum.attr")
peers = pytest.importorskip("pytorch_grad_cam")
torchcam = pytest.importorskip("torchcam.methods")
from pytorch_grad_cam.utils.model_targets import FinerWeightedTarget  # noqa: E402

NETWORKS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "resnet18": (tv.resnet18, "layer4"),
    "vgg16": (tv.vgg16, "features.29"),
    "densenet121": (tv.densenet121, "features.denseblock4"),
    "lite0": (lambda: timm.create_model("tf_efficientnet_lite0"), "bn2"),
}
SIZE = 96
TARGETS = [3, 7]
SCALE = 1e4


def apart(ours: Tensor, theirs: Any, *, sign: bool = True, relative: bool = False) -> float:
    """The largest difference over all places, relative to each map's largest value."""
    theirs = torch.as_tensor(np.asarray(theirs)).double()
    ours = ours.double()
    assert ours.shape == theirs.shape
    largest = theirs.abs().amax((1, 2), keepdim=True)
    assert bool((largest > 0).all())
    if relative:
        ours = ours / ours.abs().amax((1, 2), keepdim=True) * largest
    straight = ((ours - theirs) / largest).abs().amax((1, 2))
    turned = ((ours + theirs) / largest).abs().amax((1, 2))
    return float((straight if sign else torch.minimum(straight, turned)).max())


def without_in_place(model: nn.Module) -> nn.Module:
    peer = copy.deepcopy(model)
    for module in peer.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return peer


def of_grad_cam(model: nn.Module, layer: str, batch: Tensor, score: Callable[[Tensor], Tensor]) -> Any:
    """pytorch-grad-cam's map of any of its methods at one layer, before ReLU, scaling and enlarging."""
    module: Any = model.get_submodule(layer)
    with peers.GradCAM(model, [module]) as peer:
        score(peer.activations_and_grads(batch)).sum().backward()
        (values,), (gradients,) = peer.activations_and_grads.activations, peer.activations_and_grads.gradients
    values, gradients = values.detach().numpy(), gradients.numpy()

    def map_of(kind: type[Any]) -> Any:
        with kind(model, [module]) as method:
            return method.get_cam_image(batch, module, None, values, gradients, False)

    return map_of


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_methods(name: str) -> None:
    torch.manual_seed(0)
    make, layer = NETWORKS[name]
    model = make().eval().double()
    batch = noise((2, 3, SIZE, SIZE), dtype=torch.float64)
    network = Network(model, Preparation(SIZE, SIZE), engine="torch")
    peer = without_in_place(model)

    def score(z: Tensor) -> Tensor:
        return SCALE * z[[0, 1], TARGETS]

    with network.remembering(inputs := network.inputs(batch)):
        ours = {
            method: method(network, inputs, score, layer=layer).values
            for method in (gradcam_plus_plus, xgradcam, hirescam, layercam, eigencam, eigengradcam)
        }
    theirs = of_grad_cam(peer, layer, batch, score)
    found = {
        "Grad-CAM++": apart(ours[gradcam_plus_plus], theirs(peers.GradCAMPlusPlus)),
        "XGrad-CAM": apart(ours[xgradcam], theirs(peers.XGradCAM)),
        "HiRes-CAM": apart(ours[hirescam], theirs(peers.HiResCAM)),
        "Layer-CAM": apart(ours[layercam], theirs(peers.LayerCAM)),
        "Eigen-CAM": apart(ours[eigencam], theirs(peers.EigenCAM), sign=False),
        "Eigen-Grad-CAM": apart(ours[eigengradcam], theirs(peers.EigenGradCAM), sign=False),
        "Layer-CAM, torchcam": apart(
            ours[layercam].relu(), of_torchcam(peer, layer, batch, torchcam.LayerCAM)
        ),
        "XGrad-CAM, torchcam": apart(
            ours[xgradcam].relu(), of_torchcam(peer, layer, batch, torchcam.XGradCAM)
        ),
        **finer(network, peer, layer, batch),
    }
    print(name, {key: f"{value:.1e}" for key, value in found.items()})
    assert max(found.values()) <= 1e-4, found


def of_torchcam(model: nn.Module, layer: str, batch: Tensor, kind: type[Any]) -> Tensor:
    """torchcam's positive part, in the units of the scaled score."""
    with kind(model, layer) as peer:
        (maps,) = peer(TARGETS, model(batch), normalized=False)
    return maps.detach() * SCALE


def finer(network: Network, model: nn.Module, layer: str, batch: Tensor) -> dict[str, float]:
    """Beside torchcam with several classes, and beside pytorch-grad-cam, whose weights cancel with one."""
    several = finercam(network, batch, TARGETS, layer=layer).values
    with torchcam.FinerCAM(model, layer) as peer:
        (theirs,) = peer(TARGETS, model(batch), normalized=False)
    one = finercam(network, batch, TARGETS, references=1, alpha=1.0, layer=layer).values
    logits = network(batch)
    near = (logits - logits[[0, 1], TARGETS][:, None]).abs().argsort(1)[:, 1].tolist()
    targets = [FinerWeightedTarget(t, [n], 1.0) for t, n in zip(TARGETS, near, strict=True)]

    def score(z: Tensor) -> Tensor:
        return torch.stack([target(row) for target, row in zip(targets, z, strict=True)])

    return {
        "Finer-CAM, torchcam": apart(several.relu(), theirs.detach()),
        "Finer-CAM": apart(one, of_grad_cam(model, layer, batch, score)(peers.GradCAM)),
    }


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU activations")
def test_guided_gradcam() -> None:
    """captum sees ReLU modules that are called once, as VGG has them."""
    torch.manual_seed(0)
    model = tv.vgg11().eval().double()
    batch = noise((2, 3, 64, 64), dtype=torch.float64)
    network = Network(model, Preparation(64, 64), engine="torch")
    ours = guided_gradcam(network, batch, TARGETS, layer="features.18").values
    peer = without_in_place(model)
    method = captum.GuidedGradCam(peer, peer.features[18])
    theirs = method.attribute(batch.clone().requires_grad_(), target=TARGETS, interpolate_mode="bilinear")
    assert apart(ours, theirs.detach().abs().amax(1)) <= 1e-4


@pytest.fixture(scope="module")
def squeezenet() -> tuple[nn.Module, Network, Tensor, list[int]]:
    torch.manual_seed(0)
    model = tv.squeezenet1_1().eval().double()
    batch = noise((1, 3, 64, 64), dtype=torch.float64)
    network = Network(model, Preparation(64, 64), engine="torch")
    return without_in_place(model), network, batch, network(batch).argmax(1).tolist()


Squeeze = tuple[nn.Module, Network, Tensor, list[int]]


def test_scorecam(squeezenet: Squeeze, monkeypatch: pytest.MonkeyPatch) -> None:
    peer, network, batch, target = squeezenet
    ours = scorecam(network, batch, target, layer="features.12").values
    enlarge = partial(nn.Upsample, mode="bilinear", align_corners=False)
    monkeypatch.setattr(torch.nn, "UpsamplingBilinear2d", enlarge)
    assert apart(ours, _weighted(peers.ScoreCAM, peer, batch, target), relative=True) <= 1e-4


def test_ablationcam(squeezenet: Squeeze) -> None:
    peer, network, batch, target = squeezenet
    ours = ablationcam(network, batch, target, layer="features.12").values
    assert apart(ours, _weighted(peers.AblationCAM, peer, batch, target), relative=True) <= 1e-4


def _weighted(kind: type[Any], model: nn.Module, batch: Tensor, target: list[int]) -> Any:
    """Score-CAM or Ablation-CAM of pytorch-grad-cam, before ReLU and scaling."""
    layer: Any = model.get_submodule("features.12")
    with kind(model, [layer]) as peer:
        peer.activations_and_grads(batch)
        (values,) = peer.activations_and_grads.activations
        targets = [lambda z, t=t: z[t] for t in target]
        return peer.get_cam_image(batch, layer, targets, values.detach().numpy(), None, False)


def test_scorecam_of_torchcam() -> None:
    """It stretches feature maps before it enlarges them; at the picture's own size that is the same."""
    model = seeded(
        nn.Sequential(
            *(nn.Conv2d(3, 6, 3, padding=1), nn.Sigmoid()),
            *(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 5)),
        )
    ).double()
    batch = noise((2, 3, 16, 16), dtype=torch.float64)
    ours = scorecam(Network(model, Preparation(16, 16), engine="torch"), batch, [1, 2], layer="1").values
    with torchcam.ScoreCAM(model, "1", input_shape=(3, 16, 16)) as peer:
        with torch.no_grad():
            model(batch)
        (theirs,) = peer([1, 2], normalized=False)
    assert apart(ours.relu(), theirs) <= 1e-4
