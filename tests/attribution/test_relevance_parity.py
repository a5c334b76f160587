"""The same maps as zennit and captum, on real architectures with seeded weights and statistics, in float64.

zennit needs a network of modules whose batch-norms are merged; `benchmarks.modular` makes one by torch.fx.
Its composites agree to 1e-3 of the map's largest value (measured: 5e-8, the rounding of the float32 in which
a map is kept). In float32 they do on ResNet-18 and VGG-16 (measured: 3e-4); on DenseNet-121 with random
weights rounding alone moves single pixels by some percent, for denominators that cancel are many there.

captum's DeepLift agrees to 1e-4 (measured: 4e-8) where max pooling is replaced by average pooling. At a max
pooling behind a ReLU, where the largest value of the picture and of the baseline lie at different places,
captum loses a part of the score, as its own convergence delta says: the last test. It has no rule for ReLU6,
so lite0 gets ReLU there.
"""

import copy
from collections.abc import Callable

import pytest
import torch
from small_networks import noise, seeded
from torch import Tensor, nn

from benchmarks.modular import modular
from tapetum.attribution import deeplift, lrp
from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation

tv, timm = import_torchvision().models, import_timm()
captum = pytest.importorskip("captum.attr")
composites = pytest.importorskip("zennit.composites")
zennit_layer = pytest.importorskip("zennit.layer")

SIZE = 48
DOUBLE = torch.float64
TARGETS = [3, 7]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "resnet18": tv.resnet18,
    "vgg16": lambda: tv.vgg16(num_classes=10),
    "densenet121": tv.densenet121,
    "lite0": lambda: timm.create_model("tf_efficientnet_lite0"),
}


@pytest.fixture(scope="module", params=NETWORKS)
def model(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(0)
    made = NETWORKS[request.param]().eval().requires_grad_(False).double()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0.0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.normal_(module.bias, 0.0, 0.1)
    return made


def test_relevance_is_that_of_zennit(model: nn.Module) -> None:
    batch = noise((2, 3, SIZE, SIZE), dtype=DOUBLE)
    network = Network(model, Preparation(SIZE, SIZE, mean=MEAN, std=STD), engine="torch")
    peer = modular(copy.deepcopy(model), zennit_layer.Sum)
    assert torch.allclose(peer(batch), network(batch), rtol=1e-6, atol=1e-9)
    low, high = (
        ((v - torch.tensor(MEAN)) / torch.tensor(STD)).view(1, 3, 1, 1).to(DOUBLE) for v in (0.0, 1.0)
    )
    for name, made in {
        "epsilon-plus": composites.EpsilonPlus(),
        "epsilon-plus-flat": composites.EpsilonPlusFlat(),
        "epsilon-gamma-box": composites.EpsilonGammaBox(low=low, high=high),
    }.items():
        ours = lrp(network, batch, TARGETS, composite=name).values
        differences = _differences(ours, _zennit(peer, made, batch))
        assert float(differences.max()) <= 1e-3, name


@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks:UserWarning")
def test_contributions_are_those_of_captum(model: nn.Module) -> None:
    model = copy.deepcopy(model)
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.MaxPool2d):
            model.set_submodule(name, nn.AvgPool2d(2))
        elif isinstance(module, nn.ReLU6):
            model.set_submodule(name, nn.ReLU())
    batch = noise((2, 3, SIZE, SIZE), dtype=DOUBLE)
    reference = torch.full((3, SIZE, SIZE), 0.1, dtype=DOUBLE)
    network = Network(model, Preparation(SIZE, SIZE), engine="torch")
    peer = captum.DeepLift(modular(copy.deepcopy(model)))
    theirs = peer.attribute(batch.clone().requires_grad_(), reference[None], target=TARGETS).sum(1).detach()
    ours = deeplift(network, batch, TARGETS, baseline=reference)
    assert float(_differences(ours.values, theirs).max()) <= 1e-4
    assert float(ours.residual.abs().max()) <= 1e-6


@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks:UserWarning")
def test_captum_loses_score_at_a_max_pooling() -> None:
    layers = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3)
    model = seeded(nn.Sequential(*layers)).double().requires_grad_(False)
    batch, reference = noise((2, 2, 3, 8, 8), dtype=DOUBLE)
    _, delta = captum.DeepLift(model).attribute(
        batch.clone().requires_grad_(), reference, target=[1, 2], return_convergence_delta=True
    )
    assert float(delta.abs().max()) > 1e-2
    ours = deeplift(Network(model, Preparation(8, 8)), batch, [1, 2], baseline=reference)
    assert float(ours.residual.abs().max()) < 1e-10


def _differences(ours: Tensor, theirs: Tensor) -> Tensor:
    """Per pixel, relative to the largest value of each picture's map."""
    assert ours.shape == theirs.shape
    theirs = theirs.double()
    return (ours.double() - theirs).abs() / theirs.abs().amax((1, 2), keepdim=True)


def _zennit(model: nn.Module, composite: object, batch: Tensor) -> Tensor:
    leaf = batch.clone().requires_grad_()
    with composite.context(model) as explained:
        logits = explained(leaf)
        start = torch.zeros_like(logits)
        for picture, target in enumerate(TARGETS):
            start[picture, target] = logits[picture, target].detach()
        (relevance,) = torch.autograd.grad(logits, leaf, start)
    return relevance.sum(1)
