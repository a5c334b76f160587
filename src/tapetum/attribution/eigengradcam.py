"""Eigen-Grad-CAM: what the evidence of a layer's channels has most in common."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from tapetum.attribution.eigencam import first_component
from tapetum.attribution.layers import choose, from_gradients, names
from tapetum.network import Network
from tapetum.results import Heatmap


def eigengradcam(
    network: Network, pictures: Any, target: Any = None, *, layer: str | Sequence[str] | None = None
) -> Heatmap:
    r"""Where the evidence of a layer's channels varies together most: its first principal component.

    \( M = X v_1 \), where \( X \) holds \( g_{kij} A_{kij} \), the feature maps times the gradient of the
    score, one row per place and one column per channel, each column less its mean, and \( v_1 \) is its
    first right singular vector.

    The sign is fixed so that the map goes along with HiRes-CAM, the sum of the same evidence. Values are
    above zero where the common pattern is stronger than on average, in units of the score, one per place of
    the layer; less than zero means less evidence than on average, not evidence against the target.

    Use when:
        Grad-CAM scatters and its strongest common pattern is wanted.

    Misleads when:
        several separate patterns matter: only the first component is kept, and its sign is a convention.

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
        Gildenblat et al. (2021), PyTorch library for CAM methods; after Muhammad, Yeasin (2020), Eigen-CAM.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> eigengradcam(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 7, 7])
    """
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    values, aim = from_gradients(network, inputs, target, layers, _combined)
    return network.heatmap("eigengradcam", values, inputs, aim, layer=names(layers))


def _combined(activations: Tensor, gradient: Tensor) -> Tensor:
    return first_component(gradient * activations)
