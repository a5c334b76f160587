"""Guided integrated gradients: a way to the picture that first changes what the score hardly depends on."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike, baseline_of
from tapetum.attribution.integrated_gradients import missed
from tapetum.network import Inputs, Network, Targets, sweep
from tapetum.network.surroundings import plain
from tapetum.options import at_least, between, told
from tapetum.progress import stage
from tapetum.results import Heatmap


def guided_ig(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    baseline: BaselineLike = "mean",
    steps: int = 64,
    fraction: float = 0.25,
    slack: float = 0.02,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What each pixel contributes to the score on a way that avoids steep places of the network.

    \( M_{ij} = \sum_c \int_0^1 \partial s / \partial x_{cij} (\gamma(\alpha)) \,
    \gamma_{cij}'(\alpha) \, d\alpha \)

    From the baseline each step comes nearer to the picture by the same sum of absolute differences, and
    changes the values with the smallest absolute gradient first, so that noise on the straight way gathers
    less. Positive values raise the score, negative ones lower it, in the unit of the score. They sum to the
    score's difference between picture and baseline; `residual` is what the steps miss of that.

    Use when:
        integrated gradients are noisy: the way moves first those pixels that matter least.

    Misleads when:
        compared across pictures: every picture gets its own way, so equal values do not mean equal
        importance.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        baseline: "mean", "black", "grey", "white", "blur", "noise", a brightness from 0 to 1, a picture, or a
            prepared tensor.
        steps: how many steps the way has; they follow one another, so only pictures run together.
        fraction: which share of all values is changed together, those of the smallest gradients.
        slack: how far a value may be ahead of the straight way or behind it, as a share of the way; with 0
            this is integrated gradients.
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: a number out of range, or a baseline of the wrong shape.
        TargetError: not a class of this network.
        MemoryLimitError: the limit is too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Kapishnikov, Venugopalan, Avci, Wedin, Terry, Bolukbasi (2021), Guided Integrated Gradients: An
        Adaptive Path Method for Removing Noise.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> guided_ig(net, tapetum.sample("cat"), steps=4).values.shape
        torch.Size([1, 224, 224])
    """
    at_least("guided-ig", "steps", steps)
    between("guided-ig", "fraction", fraction, 0.001, 1.0)
    between("guided-ig", "slack", slack, 0.0, 1.0)
    inputs = network.inputs(pictures)
    start = baseline_of(network, inputs, baseline)
    aim = network.aim(inputs, target)

    def compute(first: int, last: int) -> Tensor:
        some = slice(first, last)
        ends = (start[some], inputs.batch[some])
        return _walked(network, ends, aim.targets[some], steps=steps, fraction=fraction, slack=slack)

    at_once = network.at_once(memory, backward=True)
    values = torch.cat(list(sweep("Guided integrated gradients", len(inputs.batch), at_once, compute)))
    return network.heatmap(
        "guided-ig",
        values,
        inputs,
        aim,
        options={"baseline": told(baseline), "steps": steps, "fraction": fraction, "slack": slack},
        residual=missed(values, aim.score - network.scores(start, aim.targets)),
    )


def _walked(
    network: Network,
    ends: tuple[Tensor, Tensor],
    targets: Targets,
    *,
    steps: int,
    fraction: float,
    slack: float,
) -> Tensor:
    start, goal = (end.flatten(1) for end in ends)
    way = goal - start
    share = torch.zeros_like(start)
    total = torch.zeros_like(start)
    with stage("Steps of the guided way", steps) as advance:
        for step in range(1, steps + 1):
            with plain(), torch.no_grad():
                batch = (start + share * way).view_as(ends[0])
            gradient = network.gradient(Inputs(batch), targets).values.flatten(1)
            done = step / steps
            reached = _step(
                share,
                gradient.abs(),
                way.abs(),
                low=max(done - slack, 0.0),
                high=min(done + slack, 1.0),
                left=1 - done,
                fraction=fraction,
            )
            total += (reached - share) * way * gradient
            share = reached
            advance(1)
    return total.view_as(ends[0]).sum(1)


def _step(
    share: Float[Tensor, "batch values"],
    steepness: Float[Tensor, "batch values"],
    length: Float[Tensor, "batch values"],
    *,
    low: float,
    high: float,
    left: float,
    fraction: float,
) -> Float[Tensor, "batch values"]:
    """How far along its own way each value is after a step.

    All are at `low` at least. Then groups of values, the flattest first, go to `high`, one group after the
    other, until the lengths still to go are `left` of the whole; of the last group each goes equally far.
    """
    share = share.clamp_min(low)
    to_go = (length * (1 - share)).sum(1, keepdim=True) - left * length.sum(1, keepdim=True)
    gain = length * (high - share).clamp_min(0)
    group = math.ceil(fraction * share.shape[1])
    # Values that can go no further stand behind all others, so that groups are of those that can.
    order = torch.where(gain > 0, steepness, torch.inf).argsort(dim=1, stable=True)
    sorted_gain = gain.gather(1, order)
    padded = torch.nn.functional.pad(sorted_gain, (0, -sorted_gain.shape[1] % group))
    groups = padded.view(len(padded), -1, group).sum(2)
    missing = to_go - (groups.cumsum(1) - groups)
    part = (missing / groups.clamp_min(torch.finfo(gain.dtype).tiny)).clamp(0, 1)
    each = part.repeat_interleave(group, 1)[:, : share.shape[1]]
    moved = torch.zeros_like(share).scatter(1, order, each)
    return torch.where(gain > 0, share + moved * (high - share), share)
