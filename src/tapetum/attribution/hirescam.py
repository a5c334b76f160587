"""HiRes-CAM: the gradient at every place, instead of its mean over places."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from tapetum.attribution.layers import choose, from_gradients, names
from tapetum.network import Network
from tapetum.results import Heatmap


def hirescam(
    network: Network, pictures: Any, target: Any = None, *, layer: str | Sequence[str] | None = None
) -> Heatmap:
    r"""Which places speak for the target: feature maps times the gradient, place by place.

    \( M_{ij} = \sum_k g_{kij} A_{kij} \), with the gradient \( g = \partial s / \partial A \).

    Positive values speak for the target, negative ones against it, in units of the score, one per place of
    the layer. They sum to the score, but for the bias, wherever the rest of the network is piecewise linear;
    so no place can light up that the verdict does not use.

    Use when:
        the map must show what the part after the layer really computes: with one linear layer there, it
        sums to the score without its bias.

    Misleads when:
        used at early layers: the gradient is noisy there and so is the map.

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
        Draelos, Carin (2020), Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional
        neural networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> hirescam(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 7, 7])
    """
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    values, aim = from_gradients(network, inputs, target, layers, gradient_times_maps)
    return network.heatmap("hirescam", values, inputs, aim, layer=names(layers))


def gradient_times_maps(activations: Tensor, gradient: Tensor) -> Tensor:
    """Feature maps times the gradient, summed over channels."""
    return (gradient * activations).sum(1)
