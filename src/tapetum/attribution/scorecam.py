"""Score-CAM: each feature map weighted by the score of the picture seen through it."""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import interpolate

from tapetum.attribution.baselines import BaselineLike, baseline_of
from tapetum.attribution.layers import choose, fused, maps_of, names
from tapetum.network import Network, Targets, sweep
from tapetum.options import one_of
from tapetum.results import Heatmap

Weights = Literal["softmax", "increase"]


def scorecam(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    weights: Weights = "softmax",
    baseline: BaselineLike = "mean",
    layer: str | Sequence[str] | None = None,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""Which places hold the target: feature maps weighted by the score of the picture seen through each.

    \( M_{ij} = \sum_k w_k A_{kij}, \; w = \mathrm{softmax}_k(s(x \circ H_k) - s(b)) \), where \( H_k \) is
    the feature map \( A_k \), enlarged to the picture (bilinear) and stretched to 0..1, and \( x \circ H_k \)
    shows the picture where it is 1 and the baseline \( b \) where it is 0.

    With "softmax" (the published form) all weights are positive and sum to 1: values are in units of the
    feature maps, one per place of the layer, and negative ones come from negative feature maps alone, so they
    do not speak against the target. "increase" takes the differences themselves as weights: positive values
    speak for the target, negative ones against it, in units of the score times those of the feature maps. A
    feature map that is the same everywhere hides nothing and has no weight.

    Use when:
        gradients are unwanted or unavailable and a pass per channel is affordable.

    Misleads when:
        channels are many and alike: masks made from them show the network pictures it never saw, and the
        weights then measure that.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        weights: how scores become weights: "softmax" or "increase".
        baseline: what is seen where a mask hides the picture: "mean", "black", "grey", "white", a brightness
            from 0 to 1, "blur", "noise", or a picture.
        layer: any layer with rows and columns, or several fused ("layer3+layer4", or a list of names); by
            default the last one before pooling.
        memory: how much may be used above the network's own, such as "1GiB".

    Raises:
        MethodError: an unknown kind of weights, or no baseline.
        LayerError: an unknown layer, or one without rows and columns.
        MemoryLimitError: the limit is no size, or too small for one picture.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the scores.

    Reference:
        Wang et al. (2020), Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> scorecam(net, tapetum.sample("cat"), layer="blocks.0").values.shape
        torch.Size([1, 112, 112])
    """
    one_of("scorecam", "weights", weights, ("softmax", "increase"))
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    hidden = baseline_of(network, inputs, baseline)
    at_once = network.at_once(memory)
    with torch.no_grad():
        with network.remembering(inputs):
            aim = network.aim(inputs, target)
            _, values, _ = network.evaluate(inputs.batch, layers)
        maps = []
        for one, value in zip(layers, values, strict=True):
            activations = maps_of(one, value)
            scores, seen = _scores(network, aim.targets, activations, (hidden, inputs.batch), at_once)
            if weights == "softmax":
                worth = scores.masked_fill(~seen, -torch.inf).softmax(1).masked_fill(~seen, 0.0)
            else:
                worth = (scores - network.scores(hidden, aim.targets)[:, None]).masked_fill(~seen, 0.0)
            maps.append(torch.einsum("bk,bkij->bij", worth, activations))
    return network.heatmap(
        "scorecam",
        fused(maps),
        inputs,
        aim,
        layer=names(layers),
        options={
            "weights": weights,
            "baseline": baseline if isinstance(baseline, str | float) else "picture",
        },
    )


def _scores(
    network: Network,
    targets: Targets,
    activations: Float[Tensor, "batch channel rows columns"],
    ends: tuple[Tensor, Tensor],
    at_once: int,
) -> tuple[Float[Tensor, "batch channel"], Bool[Tensor, "batch channel"]]:
    """The score of each picture through each of its feature maps, and which of these are not flat.

    `ends` are the pictures where a mask is 0, and where it is 1.
    """
    hidden, difference = ends[0], ends[1] - ends[0]
    seen = activations.amax((2, 3)) > activations.amin((2, 3))
    picture, channel = seen.nonzero(as_tuple=True)

    def through(start: int, stop: int) -> Tensor:
        pictures = picture[start:stop]
        chosen = activations[pictures, channel[start:stop]][:, None]
        mask = interpolate(chosen, difference.shape[2:], mode="bilinear", align_corners=False)
        low, high = mask.amin((2, 3), keepdim=True), mask.amax((2, 3), keepdim=True)
        batch = torch.addcmul(hidden[pictures], (mask - low) / (high - low), difference[pictures])
        return network.scores(batch, targets.at(pictures.tolist()))

    network.expect(len(picture))
    scores = activations.new_zeros(activations.shape[:2])
    found = sweep("Score-CAM", len(picture), at_once, through)
    scores[picture, channel] = torch.cat([scores.new_zeros(0), *found])
    return scores, seen
