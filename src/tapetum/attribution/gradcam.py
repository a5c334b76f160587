"""Grad-CAM: which places of a layer speak for the class, through the channels that raise its score."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from tapetum.attribution.layers import choose, from_gradients, names
from tapetum.network import Network
from tapetum.results import Heatmap


def gradcam(
    network: Network, pictures: Any, target: Any = None, *, layer: str | Sequence[str] | None = None
) -> Heatmap:
    r"""Which places speak for the target: feature maps weighted by the mean gradient in each.

    \( M_{ij} = \sum_k \alpha_k A_{kij}, \; \alpha_k = \frac{1}{HW} \sum_{ij} \partial s / \partial A_{kij} \)

    Positive values speak for the target, negative ones against it; the published form keeps the positive
    part only, which is left to drawing. Values are in units of the score, one per place of the layer.

    Use when:
        a robust, cheap answer is wanted to where a convolutional network looks; the default for most
        questions.

    Misleads when:
        several objects or fine parts matter: the mean over a feature map's gradient blurs them, at early
        layers to nothing. The grid is coarse.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        layer: any layer with rows and columns, or several fused ("layer3+layer4", or a list of names): their
            maps are each divided by the largest absolute value, resized to the finest grid and averaged; by
            default the last layer before pooling.

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Selvaraju et al. (2017), Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
        Localization.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> heatmap = gradcam(net, tapetum.sample("cat"), target="Egyptian cat")
        >>> heatmap.layer, heatmap.values.shape
        ('bn2', torch.Size([1, 7, 7]))
    """
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    values, aim = from_gradients(network, inputs, target, layers, weighted_by_mean)
    return network.heatmap("gradcam", values, inputs, aim, layer=names(layers))


def weighted_by_mean(activations: Tensor, gradient: Tensor) -> Tensor:
    """Feature maps weighted by their mean gradient."""
    return (gradient.mean((2, 3), keepdim=True) * activations).sum(1)
