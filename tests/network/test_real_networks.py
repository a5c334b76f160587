"""Real architectures with random weights: what the capture promises for each of them.

One test per network and not one per promise, so that each is captured once.
"""

import copy
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_networks import noise
from torch import Tensor, nn
from untouched import untouched

from tapetum.models.torchvision_import import import_timm, import_torchvision
from tapetum.network import Network, Preparation
from tapetum.network.program import part

torchvision, timm = import_torchvision(), import_timm()
tv = torchvision.models

NETWORKS: dict[str, tuple[Callable[[], nn.Module], int, str]] = {
    "resnet18": (tv.resnet18, 96, "layer4"),
    "resnet50": (tv.resnet50, 64, "layer4"),
    "vgg16": (tv.vgg16, 64, "features"),
    "densenet121": (tv.densenet121, 64, "relu"),
    "inception_v3": (lambda: tv.inception_v3(init_weights=False), 299, "Mixed_7c"),
    "googlenet": (lambda: tv.googlenet(init_weights=False), 64, "inception5b"),
    "mobilenet_v3_small": (tv.mobilenet_v3_small, 64, "features"),
    "convnext_tiny": (tv.convnext_tiny, 64, "features"),
    "efficientnet_b0": (tv.efficientnet_b0, 64, "features"),
    "squeezenet1_1": (tv.squeezenet1_1, 64, "classifier.2"),
    "shufflenet_v2_x1_0": (tv.shufflenet_v2_x1_0, 64, "conv5"),
    "regnety_002": (lambda: timm.create_model("regnety_002"), 64, "s4"),
    "resnetv2_50": (lambda: timm.create_model("resnetv2_50"), 64, "norm"),
    "mobilenetv4_conv_small": (lambda: timm.create_model("mobilenetv4_conv_small"), 64, "blocks"),
    "convnextv2_atto": (lambda: timm.create_model("convnextv2_atto"), 64, "stages"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_promises(name: str) -> None:
    make, size, default = NETWORKS[name]
    torch.manual_seed(0)
    model = make().train()
    batch = noise((2, 3, size, size))
    with untouched(model, batch):
        network = Network(model, Preparation(size, size))
        logits = network(batch)
        calls = _module_calls(model, batch)
    with torch.no_grad():
        assert torch.equal(logits, copy.deepcopy(model).eval()(batch))
    assert network.layer().name == default
    assert 1 <= len(network.stages) <= 14
    _check_table(network, model, batch, calls)
    del calls
    _check_twin(network, batch)
    _check_reuse(network, batch)


def _module_calls(model: nn.Module, batch: Tensor) -> list[tuple[str, str, Tensor | None]]:
    """(path, type, value) of every module call of a copy that hands on one tensor that is not its input."""
    twin = copy.deepcopy(model).eval()
    seen: list[tuple[str, str, Tensor | None]] = []

    def hook(path: str, module: nn.Module, given: Any, value: Any) -> None:
        computes = isinstance(value, Tensor) and value is not given[0]
        seen.append((path, type(module).__name__, value.clone() if computes else None))

    for path, module in twin.named_modules():
        if path:
            module.register_forward_hook(lambda m, i, o, p=path: hook(p, m, i, o))
    with torch.no_grad():
        twin(batch)
    return seen


def _check_table(network: Network, model: nn.Module, batch: Tensor, calls: list[Any]) -> None:
    """Every module call is there under its own name, with its own value, shape, type and parameters."""
    table = {layer.name: layer for layer in network.layers}
    assert len(table) == len(network.layers)
    counts: Counter[str] = Counter()
    expected = {}
    for path, kind, value in calls:
        counts[path] += value is not None
        if value is not None:
            expected[path if counts[path] == 1 else f"{path}#{counts[path]}"] = (kind, value)
    assert expected.keys() <= table.keys()
    values = network.activations(batch, list(expected))
    modules = dict(model.named_modules())
    for name, (kind, value) in expected.items():
        layer = table[name]
        assert torch.equal(values[name], value), name
        assert layer.shape == tuple(value.shape[1:]), name
        assert layer.module == kind, name
        learnt = sum(p.numel() for p in modules[name.split("#")[0]].parameters())
        assert layer.parameters == learnt, name
    aux = sum(p.numel() for n, p in model.named_parameters() if n.lower().startswith("aux"))
    assert network.parameters == sum(p.numel() for p in model.parameters()) - aux


def _check_twin(network: Network, batch: Tensor) -> None:
    """The folded twin gives the same values, to 1e-4 of the largest, at every node that both graphs have."""
    runtime = network._runtime
    twin = runtime.twin()
    shared = [
        n.name for n in twin.graph.nodes if n.op == "call_function" and isinstance(n.meta["val"], Tensor)
    ]
    faithful = runtime.faithful(batch, shared)
    folded = part(twin.graph, twin.weights, [runtime.input], shared)
    with torch.no_grad():
        for name, value in zip(
            shared, folded(batch.contiguous(memory_format=torch.channels_last)), strict=True
        ):
            largest = float(faithful[name].abs().max()) or 1.0
            assert float((value - faithful[name]).abs().max()) <= 1e-4 * largest, name


def _check_reuse(network: Network, batch: Tensor) -> None:
    """Reuse of memory changes no result, no input, and no value that was asked for.

    Only the last step of the way back, from a strided first convolution, sums in another order.
    """
    runtime = network._runtime
    stops = [stage.layer.node for stage in network.stages]
    for source in (runtime.capture, runtime.twin()):
        names = [n for n in stops if n in {node.name for node in source.graph.nodes}] + [runtime.output]
        kept = batch.clone()
        with torch.no_grad():
            plain = part(source.graph, source.weights, [runtime.input], names)(batch)
            sparing = part(source.graph, source.weights, [runtime.input], names, reuse="forward")(batch)
        assert torch.equal(kept, batch)
        assert all(map(torch.equal, plain, sparing))
        gradients = []
        for reuse in (None, "backward"):
            leaf = batch.clone().requires_grad_()
            (logits,) = part(source.graph, source.weights, [runtime.input], [runtime.output], reuse=reuse)(
                leaf
            )
            gradients += torch.autograd.grad(logits[:, 0].sum(), leaf)
        scale = float(gradients[0].abs().max())
        assert float((gradients[1] - gradients[0]).abs().max()) <= 1e-5 * scale


def test_a_transformer_is_drawn_where_attention_still_mixes_its_positions() -> None:
    model = timm.create_model("vit_tiny_patch16_224", img_size=64).eval()
    network = Network(model, Preparation(64, 64))
    batch = noise((2, 3, 64, 64))
    with torch.no_grad():
        assert torch.equal(network(batch), model(batch))
    assert network.layer().name == "blocks.11.norm1"
    assert network.gradient(network.inputs(batch), 0).values.shape == batch.shape
