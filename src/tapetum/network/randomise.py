"""Weights shuffled, from the verdict backwards: no explanation of what was learnt may survive it."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn

from tapetum.network.axes import fixed
from tapetum.network.capture import Capture
from tapetum.network.functional import aten

_CALIBRATION = 8
"""Pictures of noise on which the statistics of batch-norms are measured again."""


def drawn_anew(capture: Capture, share: float, seed: int) -> dict[str, Tensor]:
    """New values, by name, for the weights of the last `share` of the operations that read any.

    The elements of each weight are shuffled, which keeps their distribution and loses what was learnt. The
    statistics of batch-norms are measured again on noise: with the old ones, values would grow or vanish
    from layer to layer.
    """
    weights = capture.weights
    readers: list[list[str]] = []
    for node in capture.graph.nodes:
        names = [source.name for source in node.all_input_nodes if source.op == "placeholder"]
        learnt = [name for name in names if name in weights and weights.is_parameter(name)]
        if learnt:
            readers.append(learnt)
    chosen = readers[len(readers) - round(share * len(readers)) :]
    drawn = {name for learnt in chosen for name in learnt}
    places = {name: place for place, name in enumerate(weights)}
    changed = {name: _shuffled(weights[name], [seed, places[name]]) for name in weights if name in drawn}
    return changed | _statistics(capture, changed, seed)


def _shuffled(value: Tensor, seed: list[int]) -> Tensor:
    order = torch.from_numpy(np.random.default_rng(seed).permutation(value.numel()))
    return value.reshape(-1)[order.to(value.device)].reshape(value.shape)


def _statistics(capture: Capture, changed: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
    """Mean and variance of what each batch-norm receives now."""
    if not changed or not any(_is_norm(node) for node in capture.graph.nodes):
        return {}
    count = fixed(capture.input.meta["val"].shape[0]) or _CALIBRATION
    drawn = np.random.default_rng(seed).standard_normal((count, *capture.input_shape), dtype=np.float32)
    noise = torch.from_numpy(drawn).to(capture.weights.device, capture.weights.dtype)
    given = [changed.get(name, capture.weights[name]) for name in _weight_names(capture.graph)]
    measuring = _Measuring(fx.GraphModule(nn.Module(), capture.graph))
    with torch.no_grad():
        measuring.run(noise, *given)
    return measuring.found


class _Measuring(fx.Interpreter):
    """Runs the graph with each batch-norm on the statistics of its own input."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.found: dict[str, Tensor] = {}

    def run_node(self, n: fx.Node) -> Any:
        if not _is_norm(n):
            return super().run_node(n)
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        other = [dim for dim in range(args[0].dim()) if dim != 1]
        variance, mean = torch.var_mean(args[0], other, correction=0)
        for node, value in zip(n.args[3:5], (mean, variance.clamp_min(1e-8)), strict=True):
            assert isinstance(node, fx.Node)
            self.found[node.name] = value
        return self.call_function(n.target, (*args[:3], mean, variance, *args[5:]), kwargs)


def _is_norm(node: fx.Node) -> bool:
    if node.target is not aten.batch_norm.default or node.args[5] is not False:
        return False
    return all(isinstance(source, fx.Node) and source.op == "placeholder" for source in node.args[3:5])


def _weight_names(graph: fx.Graph) -> list[str]:
    return [node.name for node in graph.nodes if node.op == "placeholder"][1:]
