"""Integrated gradients: the change of the score from a baseline to the picture, shared out among pixels."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike, baseline_of
from tapetum.attribution.quadrature import Rule, quadrature
from tapetum.attribution.reductions import place
from tapetum.attribution.repeated import repeated
from tapetum.attribution.sampling import pairs
from tapetum.network import Inputs, Layer, Network, Targets, sweep
from tapetum.network.surroundings import plain
from tapetum.options import told
from tapetum.results import Heatmap

Way = tuple[list[float], list[float]]
"""Nodes between 0 and 1, and their weights."""


def integrated_gradients(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    baseline: BaselineLike = "mean",
    steps: int = 32,
    rule: Rule = "gauss-legendre",
    layer: str | None = None,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What each pixel contributes to the score on the straight way from a baseline to the picture.

    \( M_{ij} = \sum_c (x_{cij} - b_{cij}) \int_0^1 \partial s / \partial x_{cij} (b + \alpha (x - b))
    \, d\alpha \)

    Positive values raise the score, negative ones lower it, in the unit of the score. They sum to the score's
    difference between picture and baseline; `residual` is what the integration misses of that. Where picture
    and baseline are alike, values are 0 whatever the network sees there. At a layer the way goes from the
    layer's values at the baseline to those at the picture, and the residual holds what bypasses the layer.

    Use when:
        values must sum to the score, per pixel and with a sign, against a baseline that means nothing is
        there.

    Misleads when:
        the baseline is chosen carelessly: pixels that look like it get nothing. The straight way runs
        through pictures that the network has never seen, whose gradients add noise.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        baseline: "mean", "black", "grey", "white", "blur", "noise", a brightness from 0 to 1, a picture, or a
            prepared tensor.
        steps: how many places of the way are looked at.
        rule: which: "gauss-legendre", "trapezoid", "midpoint", "left" or "right".
        layer: explain this layer's values instead of the pixels.
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: an unknown rule, a number out of range, or a baseline of the wrong shape.
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        MemoryLimitError: the limit is too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Sundararajan, Taly, Yan (2017), Axiomatic Attribution for Deep Networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> heatmap = integrated_gradients(net, tapetum.sample("cat"), steps=8)
        >>> heatmap.values.shape, heatmap.residual.shape
        (torch.Size([1, 224, 224]), torch.Size([1]))
    """
    way = quadrature("integrated-gradients", rule, steps)
    inputs, chosen = network.inputs(pictures), place(network, layer)
    start = baseline_of(network, inputs, baseline)
    aim = network.aim(inputs, target)
    if chosen is None:
        values = _of_pixels(network, inputs, aim.targets, start, way=way, memory=memory)
    else:
        values = _of_layer(network, inputs, aim.targets, start, chosen, way=way, memory=memory)
    return network.heatmap(
        "integrated-gradients",
        values,
        inputs,
        aim,
        layer=None if chosen is None else chosen.name,
        options={"baseline": told(baseline), "steps": steps, "rule": rule},
        residual=missed(values, aim.score - network.scores(start, aim.targets)),
    )


def missed(values: Tensor, change: Tensor) -> Tensor:
    """What values sum to beyond the change of the score that they should sum to, per picture."""
    found: Tensor = values.double().sum((1, 2)) - change
    return found.float().cpu()


def _of_pixels(
    network: Network, inputs: Inputs, targets: Targets, start: Tensor, *, way: Way, memory: str | int
) -> Tensor:
    nodes, weights = way
    change = inputs.batch - start

    def copies(places: Tensor, chosen: list[int]) -> Tensor:
        return start[places] + _column(nodes, chosen, change) * change[places]

    mean = torch.zeros_like(change)
    for part in repeated(
        _NAME, network, inputs, targets, samples=len(nodes), copies=copies, layer=None, memory=memory
    ):
        counted = part.gradient.values * _column(weights, part.samples, change)
        mean.index_add_(0, part.places, counted)
    return (change * mean).sum(1)


def _of_layer(
    network: Network,
    inputs: Inputs,
    targets: Targets,
    start: Tensor,
    layer: Layer,
    *,
    way: Way,
    memory: str | int,
) -> Tensor:
    nodes, weights = way
    tail, count = network.tail(layer), len(inputs.batch)
    first, last = tail.starts(start), tail.starts(inputs.batch)

    def compute(begin: int, stop: int) -> tuple[Tensor, Tensor]:
        places, chosen = pairs(begin, stop, count)
        picked = places.tolist()
        shares = [nodes[k] for k in chosen]
        with plain(), torch.no_grad():
            ends = zip(tail.at(first, picked, count), tail.at(last, picked, count), strict=True)
            values = [_between(one, other, shares) for one, other in ends]
        gradient = tail.gradient(values, targets.at(picked))
        return places.to(gradient.device), gradient * _column(weights, chosen, gradient)

    mean = torch.zeros_like(last[0])
    at_once = network.at_once(memory, backward=True)
    for places, counted in sweep(_NAME, len(nodes) * count, at_once, compute):
        mean.index_add_(0, places, counted)
    found: Tensor = ((last[0] - first[0]) * mean).sum(1)
    return found


_NAME = "Integrated gradients"


def _column(numbers: Sequence[float], chosen: Sequence[int], like: Tensor) -> Tensor:
    return like.new_tensor([numbers[k] for k in chosen])[:, None, None, None]


def _between(first: Any, last: Any, shares: Sequence[float]) -> Any:
    """Points between values that may have several rows per picture; what is no fraction stays."""
    if not isinstance(last, Tensor) or not last.is_floating_point():
        return last
    each = last.new_tensor(shares).repeat_interleave(len(last) // len(shares))
    return first + each.view(-1, *([1] * (last.dim() - 1))) * (last - first)
