"""XGrad-CAM: Grad-CAM whose weights keep the sum of the evidence."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tapetum.attribution.layers import choose, from_gradients, names
from tapetum.network import Network
from tapetum.results import Heatmap


def xgradcam(
    network: Network, pictures: Any, target: Any = None, *, layer: str | Sequence[str] | None = None
) -> Heatmap:
    r"""Which places speak for the target: feature maps weighted by their own mean of the gradient.

    \( M_{ij} = \sum_k w_k A_{kij}, \; w_k = \sum_{ij} \frac{A_{kij}}{\sum_{ab} A_{kab}} \, g_{kij} \), with
    the gradient \( g = \partial s / \partial A \).

    The values sum to \( \sum g A \), the score's first-order share of the layer: for a head that is
    piecewise linear and without bias that is the score itself. Positive values speak for the target, negative
    ones against it, in units of the score, one per place of the layer. A feature map that sums to zero has no
    weight.

    Use when:
        Grad-CAM is wanted with weights that follow from the wish that removing a channel costs what its
        map says.

    Misleads when:
        activations of both signs sum to nearly nothing in a channel: its weight is then divided by almost
        zero.

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
        Fu et al. (2020), Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> xgradcam(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 7, 7])
    """
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    values, aim = from_gradients(network, inputs, target, layers, _combined)
    return network.heatmap("xgradcam", values, inputs, aim, layer=names(layers))


def _combined(activations: Tensor, gradient: Tensor) -> Tensor:
    total = activations.sum((2, 3), keepdim=True)
    share = (gradient * activations).sum((2, 3), keepdim=True)
    weights = torch.where(total == 0, 0.0, share / total)
    return (weights * activations).sum(1)
