"""Ablation-CAM: each feature map weighted by what the score loses without it."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.layers import choose, fused, maps_of, names
from tapetum.network import Layer, Network, Tail, Targets, sweep
from tapetum.results import Heatmap


def ablationcam(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    layer: str | Sequence[str] | None = None,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""Which places speak for the target: feature maps weighted by what the score loses without them.

    \( M_{ij} = \sum_k w_k A_{kij}, \; w_k = s - s_{A_k = 0} \)

    Positive values speak for the target, negative ones against it: without those maps the score is higher.
    The paper divides the weights by the score, which turns the map upside down where the score is negative;
    that is left out here. In units of the score times those of the feature maps, one value per place of the
    layer. No gradient is taken, so a saturated or flat network is no obstacle. Only what comes after the
    layer is computed again, once for each feature map that is not zero.

    Use when:
        the weight of a channel should be what the score really loses without it.

    Misleads when:
        channels work together: leaving out one at a time sees no redundancy, and zero may itself be an
        unusual value.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        layer: any layer with rows and columns, or several fused ("layer3+layer4", or a list of names); by
            default the last one before pooling.
        memory: how much may be used above the network's own, such as "1GiB".

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
        MemoryLimitError: the limit is no size, or too small for one picture.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the scores.

    Reference:
        Desai, Ramaswamy (2020), Ablation-CAM: Visual Explanations for Deep Convolutional Network via
        Gradient-free Localization.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> ablationcam(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 7, 7])
    """
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    with network.remembering(inputs), torch.no_grad():
        network.share(inputs, layers, layers)
        aim = network.aim(inputs, target)
        maps = []
        for one in layers:
            tail = network.tail(one)
            starts = tail.starts(inputs.batch)
            weights = _losses(tail, starts, one, aim.targets, tail.at_once(memory))
            maps.append(torch.einsum("bk,bkij->bij", weights, maps_of(one, starts[0])))
    return network.heatmap("ablationcam", fused(maps), inputs, aim, layer=names(layers))


def _losses(
    tail: Tail, starts: tuple[Any, ...], layer: Layer, targets: Targets, at_once: int
) -> Float[Tensor, "batch channel"]:
    """What each picture's score loses without each feature map; one that is zero anyway costs nothing."""
    maps = maps_of(layer, starts[0])
    scores = targets.score(tail(*starts))
    weights = maps.new_zeros(maps.shape[:2])
    picture, channel = (maps != 0).any(3).any(2).nonzero(as_tuple=True)

    def without(start: int, stop: int) -> Tensor:
        pictures, channels = picture[start:stop], channel[start:stop]
        first, *others = tail.at(starts, pictures.tolist(), len(maps))
        # Tokens that belong to no position keep the channel: they are no part of the map.
        maps_of(layer, first)[torch.arange(stop - start), channels] = 0
        return scores[pictures] - targets.at(pictures.tolist()).score(tail(first, *others))

    weights[picture, channel] = torch.cat(
        [scores.new_zeros(0), *sweep("Ablation-CAM", len(picture), at_once, without)]
    )
    return weights
