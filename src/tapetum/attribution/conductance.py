"""Conductance: what flows from the picture to the score through each place of a layer."""

from typing import Any, Literal

import torch
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike, baseline_of
from tapetum.attribution.integrated_gradients import missed
from tapetum.attribution.reductions import spatial
from tapetum.attribution.repeated import repeated
from tapetum.network import Inputs, Layer, Network, Targets
from tapetum.options import at_least, one_of, told
from tapetum.results import Heatmap

Rule = Literal["trapezoid", "left", "right"]

_RULES = ("trapezoid", "left", "right")


def conductance(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    layer: str | None = None,
    baseline: BaselineLike = "mean",
    steps: int = 32,
    rule: Rule = "trapezoid",
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What each place of a layer hands on to the score while the picture grows out of a baseline.

    \( M_{ij} = \sum_k \int_0^1 \partial s / \partial A_{kij} \cdot dA_{kij} / d\alpha \, d\alpha, \;
    A(\alpha) \) the layer's values at \( b + \alpha (x - b) \)

    Positive values raise the score, negative ones lower it, in the unit of the score. At a layer that
    everything passes through they sum to the score's difference between picture and baseline; `residual` is
    what is missing or too much: what bypasses the layer, and what the integration misses.

    Use when:
        the question is what a layer, not the pixels, contributes, with a sum that can be checked.

    Misleads when:
        the layer is bypassed by a skip connection: the sum then misses what flows around it, and the
        residual says how much.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        layer: any layer with channels, rows and columns; by default the last one before pooling.
        baseline: "mean", "black", "grey", "white", "blur", "noise", a brightness from 0 to 1, a picture, or a
            prepared tensor.
        steps: into how many steps the way is cut.
        rule: where each step takes its gradient: the mean of both ends ("trapezoid"), "left" or "right".
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: an unknown rule, a number out of range, or a baseline of the wrong shape.
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        MemoryLimitError: the limit is too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Dhamdhere, Sundararajan, Yan (2018), How Important Is a Neuron?

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> heatmap = conductance(net, tapetum.sample("cat"), steps=4)
        >>> heatmap.layer, heatmap.values.shape
        ('bn2', torch.Size([1, 7, 7]))
    """
    one_of("conductance", "rule", rule, _RULES)
    at_least("conductance", "steps", steps)
    inputs, chosen = network.inputs(pictures), spatial(network, layer)
    start = baseline_of(network, inputs, baseline)
    aim = network.aim(inputs, target)
    values = _flow(network, inputs, aim.targets, start, chosen, steps=steps, rule=rule, memory=memory)
    return network.heatmap(
        "conductance",
        values,
        inputs,
        aim,
        layer=chosen.name,
        options={"baseline": told(baseline), "steps": steps, "rule": rule},
        residual=missed(values, aim.score - network.scores(start, aim.targets)),
    )


def _flow(
    network: Network,
    inputs: Inputs,
    targets: Targets,
    start: Tensor,
    layer: Layer,
    *,
    steps: int,
    rule: Rule,
    memory: str | int,
) -> Tensor:
    """The sum over steps of the gradient times the change of the layer's values, which need no derivative."""
    batch, count = inputs.batch, len(inputs.batch)

    def copies(places: Tensor, chosen: list[int]) -> Tensor:
        shares = batch.new_tensor(chosen)[:, None, None, None] / steps
        return start[places] + shares * (batch - start)[places]

    total = before = None
    for part in repeated(
        "Conductance",
        network,
        inputs,
        targets,
        samples=steps + 1,
        copies=copies,
        layer=layer,
        memory=memory,
    ):
        fresh = (part.gradient.values, part.gradient.at)
        # A copy's step starts at the copy of the same picture one sample, `count` rows, before it.
        gradients, values = (
            fresh if before is None else [torch.cat(pair) for pair in zip(before, fresh, strict=True)]
        )
        change = values[count:] - values[:-count]
        slope = {
            "left": gradients[:-count],
            "right": gradients[count:],
            "trapezoid": (gradients[:-count] + gradients[count:]) / 2,
        }[rule]
        if total is None:
            total = values.new_zeros((count, *values.shape[2:]))
        total.index_add_(0, part.places[len(part.places) - len(change) :], (slope * change).sum(1))
        before = (gradients[-count:], values[-count:])
    assert total is not None
    return total
