"""Layer-CAM: positive gradients weight each place by itself, so that early layers give fine maps too."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from tapetum.attribution.layers import choose, from_gradients, names
from tapetum.network import Network
from tapetum.results import Heatmap


def layercam(
    network: Network, pictures: Any, target: Any = None, *, layer: str | Sequence[str] | None = None
) -> Heatmap:
    r"""Which places speak for the target, also at early layers: each place weighted by its own gradient.

    \( M_{ij} = \sum_k \max(0, g_{kij}) \, A_{kij} \), with the gradient \( g = \partial s / \partial A \).

    Only what raises the score counts: evidence against the target leaves an empty map. Negative values come
    from negative feature maps alone. In units of the score, one value per place of the layer.

    Use when:
        finer maps from earlier layers are wanted, or maps of several layers together.

    Misleads when:
        evidence against the class matters: negative gradients are left out.

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
        Jiang, Zhang, Hou, Cheng, Wei (2021), LayerCAM: Exploring Hierarchical Class Activation Maps for
        Localization.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> layercam(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 7, 7])
    """
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    values, aim = from_gradients(network, inputs, target, layers, _combined)
    return network.heatmap("layercam", values, inputs, aim, layer=names(layers))


def _combined(activations: Tensor, gradient: Tensor) -> Tensor:
    return (gradient.relu() * activations).sum(1)
