"""Eigen-CAM: what the feature maps of a layer have most in common, whatever the class."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tapetum.attribution.layers import choose, from_activations, names
from tapetum.network import Network
from tapetum.results import Heatmap


def eigencam(
    network: Network, pictures: Any, target: Any = None, *, layer: str | Sequence[str] | None = None
) -> Heatmap:
    r"""Where the feature maps of a layer vary together most: their first principal component.

    \( M = X v_1 \), where \( X \) holds one row per place and one column per channel, each column less its
    mean, and \( v_1 \) is its first right singular vector.

    No class enters: the same map explains every target. A singular vector has no sign of its own; it is
    fixed so that the map goes along with the mean of the feature maps. Values are above zero where the common
    pattern is stronger than on average, in units of the feature maps, one per place of the layer; they say
    what stands out, not what speaks for or against a class.

    Use when:
        no class is asked for: what is the strongest pattern in the features, without any gradient?

    Misleads when:
        taken for an explanation of a class: it is the same for every target, and its sign is a
        convention.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None is the predicted class. Only the score that is told depends on it.
        layer: any layer with rows and columns, or several fused ("layer3+layer4", or a list of names); by
            default the last one before pooling.

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the feature maps.

    Reference:
        Muhammad, Yeasin (2020), Eigen-CAM: Class Activation Map using Principal Components.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> eigencam(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 7, 7])
    """
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    values, aim = from_activations(network, inputs, target, layers, first_component)
    return network.heatmap("eigencam", values, inputs, aim, layer=names(layers))


def first_component(maps: Tensor) -> Tensor:
    """The projection of each picture's places on their first principal component, along with their mean."""
    batch, channels, rows, columns = maps.shape
    if not bool(torch.isfinite(maps).all()):
        return maps.new_full((batch, rows, columns), torch.nan)
    # The smaller of both Gram matrices, in double precision, for it squares the condition.
    centred = maps.flatten(2).double()
    centred = centred - centred.mean(2, keepdim=True)
    if channels <= rows * columns:
        _, vectors = torch.linalg.eigh(centred @ centred.mT)
        found = (vectors[:, None, :, -1] @ centred)[:, 0]
    else:
        squares, vectors = torch.linalg.eigh(centred.mT @ centred)
        found = vectors[:, :, -1] * squares[:, -1:].clamp_min(0).sqrt()
    along = (found * centred.mean(1)).sum(1, keepdim=True)
    found = torch.where(along < 0, -found, found)
    return found.to(maps.dtype).view(batch, rows, columns)
