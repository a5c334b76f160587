"""The gradient of a score, with respect to the picture or to the values of a layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tapetum.errors import LayerError, TargetError
from tapetum.network.inputs import Inputs
from tapetum.network.layers import Layer
from tapetum.network.runtime import Runtime, channels_last
from tapetum.network.surroundings import plain
from tapetum.network.targets import Targets, resolve


@dataclass(frozen=True, eq=False)
class Gradient:
    """The gradient of the score with respect to the picture or to a layer, and what came with it.

    `at` is the value that the gradient belongs to, of the same shape as `values`.
    """

    values: Tensor
    at: Tensor
    logits: Tensor
    targets: Targets
    engine: str


def gradient(
    runtime: Runtime, labels: Sequence[str], inputs: Inputs, target: Any, layer: Layer | None
) -> Gradient:
    """The gradient of the target's score; up to the layer the network runs forward only.

    Raises:
        TargetError: not a class of this network, or a function that does not depend on the logits.
        LayerError: the verdict does not depend on the layer.
    """
    with plain(), torch.enable_grad():
        runtime.settle()
        given, program = runtime.head(None if layer is None else layer.node)
        engine = "torch"
        values: list[Any] = [channels_last(inputs.batch)]
        if layer is not None:
            found, engine = runtime.values(inputs.batch, [*given, runtime.output])
            values = [found[name] for name in given]
        leaf = values[0].detach().requires_grad_()
        (logits,) = program(leaf, *values[1:])
        targets = resolve(target, labels, logits.detach())
        score = targets.score(logits)
        if not logits.requires_grad:
            raise LayerError(
                f"The verdict does not depend on {layer.name if layer else 'the picture'}. "
                "Choose a layer that it is computed from."
            )
        if not score.requires_grad:
            raise TargetError(
                "The target function's result does not depend on the logits by a derivative. "
                "Compute it from them with torch operations, without detach, argmax or item()."
            )
        (found_gradient,) = torch.autograd.grad(score.sum(), leaf)
    return Gradient(found_gradient, leaf.detach(), logits.detach(), targets, engine)
