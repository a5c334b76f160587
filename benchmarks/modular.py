"""A network as other relevance libraries need it: all that they must see is a module, called once."""

import operator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Add(nn.Module):
    """The sum of two values of one shape, made by `summing`, a module over the last dimension."""

    def __init__(self, summing: nn.Module | None) -> None:
        super().__init__()
        self.summing = summing

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        if self.summing is None:
            return a + b
        total: Tensor = self.summing(torch.stack([a, b], -1))
        return total


class _Tracer(fx.Tracer):
    """Keeps convolutions of other libraries whole, whose padding looks at sizes."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, nn.Conv2d) or super().is_leaf_module(m, module_qualified_name)


def modular(model: nn.Module, summing: type[nn.Module] | None = None) -> nn.Module:
    """A frozen copy that computes the same: batch-norm folded into the convolution before it, functions and
    methods as modules, no module called twice or in place, sums by `summing` where that is given.
    """
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.BatchNorm2d) and hasattr(module, "act"):
            plain = nn.BatchNorm2d(module.num_features, module.eps)
            plain = plain.to(module.weight)
            plain.load_state_dict(module.state_dict())
            model.set_submodule(name, nn.Sequential(plain, module.act))
    model = model.eval()
    traced = fx.GraphModule(model, _Tracer().trace(model))
    _as_modules(traced, summing)
    _fold(traced)
    traced.graph.lint()
    traced.recompile()
    return traced.eval().requires_grad_(False)


def _as_modules(traced: fx.GraphModule, summing: type[nn.Module] | None) -> None:
    modules, seen = dict(traced.named_modules()), set()
    for place, node in enumerate(list(traced.graph.nodes)):
        made: nn.Module | None = None
        if node.op == "call_module" and isinstance(modules[node.target], nn.ReLU | nn.ReLU6):
            made = type(modules[node.target])()
        elif node.op == "call_module" and node.target in seen:
            raise ValueError(f"{node.target} is called twice")
        elif node.target in (F.relu, torch.relu):
            made = nn.ReLU()
        elif node.target is F.adaptive_avg_pool2d:
            made = nn.AdaptiveAvgPool2d(node.args[1])
        elif node.target in (operator.add, operator.iadd, torch.add):
            made = Add(summing() if summing is not None else None)
        if made is not None:
            _replaced(traced, node, f"made_{place}", made)
        elif node.op == "call_module":
            seen.add(node.target)


def _replaced(traced: fx.GraphModule, node: fx.Node, name: str, module: nn.Module) -> None:
    traced.add_module(name, module)
    node.op, node.target, node.kwargs = "call_module", name, {}
    node.args = node.args if isinstance(module, Add) else node.args[:1]


def _fold(traced: fx.GraphModule) -> None:
    modules: dict[Any, nn.Module] = dict(traced.named_modules())
    for node in list(traced.graph.nodes):
        before = node.args[0] if node.args else None
        if not isinstance(before, fx.Node) or len(before.users) > 1:
            continue
        convolution, norm = modules.get(before.target), modules.get(node.target)
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            traced.set_submodule(str(before.target), fuse_conv_bn_eval(convolution, norm))
            node.replace_all_uses_with(before)
            traced.graph.erase_node(node)
