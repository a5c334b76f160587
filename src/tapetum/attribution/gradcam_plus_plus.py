"""Grad-CAM++: Grad-CAM whose weights count every place that raises the score, however small its region."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tapetum.attribution.layers import choose, from_gradients, names
from tapetum.network import Network
from tapetum.results import Heatmap


def gradcam_plus_plus(
    network: Network, pictures: Any, target: Any = None, *, layer: str | Sequence[str] | None = None
) -> Heatmap:
    r"""Which places speak for the target, where small regions and several objects count in full.

    \( M_{ij} = \sum_k w_k A_{kij}, \; w_k = \sum_{ij} \alpha_{kij} \max(0, g_{kij}), \;
    \alpha_{kij} = \frac{g_{kij}^2}{2 g_{kij}^2 + g_{kij}^3 \sum_{ab} A_{kab}} \), with the gradient
    \( g = \partial s / \partial A \): the closed form of the paper, whose second and third derivatives are
    those of \( \exp(s) \).

    Only what raises the score counts: evidence against the target leaves an empty map. Negative values come
    from negative feature maps alone. One value per place of the layer; their scale has no unit, and compares
    places of one map.

    Use when:
        several instances of the class are in the picture and Grad-CAM finds only the strongest.

    Misleads when:
        evidence against the class matters: negative gradients are left out, so what speaks against it may
        look as if it spoke for it.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        layer: any layer with rows and columns, or several fused ("layer3+layer4", or a list of names); by
            default the last one before pooling.

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures, the feature maps or the gradient.

    Reference:
        Chattopadhyay, Sarkar, Howlader, Balasubramanian (2018), Grad-CAM++: Generalized Gradient-based Visual
        Explanations for Deep Convolutional Networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> gradcam_plus_plus(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 7, 7])
    """
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    values, aim = from_gradients(network, inputs, target, layers, _combined)
    return network.heatmap("gradcam-plus-plus", values, inputs, aim, layer=names(layers))


def _combined(activations: Tensor, gradient: Tensor) -> Tensor:
    total = activations.sum((2, 3), keepdim=True)
    # g² cancels; where the gradient is zero so is the term.
    below = 2 + gradient * total
    alpha = torch.where(below == 0, 0.0, 1 / below)
    weights = (alpha * gradient.relu()).sum((2, 3), keepdim=True)
    return (weights * activations).sum(1)
