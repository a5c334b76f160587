"""What the benchmarks run on: networks as plain modules, and a batch of photographs."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

import tapetum
from tapetum.models.lite import build_lite
from tapetum.models.options import Options
from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Engine, Network, Precision
from tapetum.pictures import SAMPLES

RACED = ("resnet18", "resnet50", "vgg16", "lite0")
CAPTURED = (
    *("resnet18", "resnet50", "vgg16", "densenet121", "inception_v3", "googlenet", "mobilenet_v3_small"),
    *("convnext_tiny", "efficientnet_b0", "squeezenet1_1", "shufflenet_v2_x1_0"),
    *("timm:regnety_002", "timm:resnetv2_50", "timm:mobilenetv4_conv_small", "timm:convnextv2_atto", "lite0"),
)
_SLOW_TO_INITIALISE = ("googlenet", "inception_v3")


@dataclass(frozen=True, eq=False)
class Subject:
    """A classifier in evaluation mode, and the side of its square input."""

    name: str
    module: nn.Module
    side: int

    def network(self, engine: Engine, precision: Precision = "float32") -> Network:
        shape = (3, self.side, self.side)
        return tapetum.load(
            self.module, input_shape=shape, mean=0.5, std=0.5, engine=engine, precision=precision
        )


def subject(name: str) -> Subject:
    """A network by name: lite0 with its real weights, all others with random ones."""
    torch.manual_seed(0)
    return Subject(name, _module(name).eval(), 299 if name == "inception_v3" else 224)


def photographs(network: Network, count: int) -> Tensor:
    """Sample photographs, then the same mirrored and upside down, as the network reads them."""
    pictures = network.prepare(list(map(tapetum.sample, SAMPLES)))
    return torch.cat([pictures, pictures.flip(3), pictures.flip(2)])[:count].contiguous()


def frozen(module: nn.Module, learnt: nn.Parameter | None = None) -> nn.Module:
    """The module without gradients to its weights, except to `learnt`."""
    for parameter in module.parameters():
        parameter.requires_grad_(parameter is learnt)
    return module


def last_parameter(module: nn.Module, layer: str) -> nn.Parameter:
    """The last weight before the values of `layer`, in the order of definition."""
    before: list[nn.Parameter] = []
    for name, child in module.named_modules():
        if name == layer:
            return [*before, *child.parameters()][-1]
        before += child.parameters(recurse=False)
    raise KeyError(layer)


def _module(name: str) -> nn.Module:
    if name == "lite0":
        return build_lite("lite0", Options())[0]
    if name.startswith("timm:"):
        built: nn.Module = import_timm().create_model(name.removeprefix("timm:"))
        return built
    quick = {"init_weights": False} if name in _SLOW_TO_INITIALISE else {}
    made: nn.Module = getattr(import_torchvision().models, name)(**quick)
    return made
