"""Grad-CAM: which places of a layer speak for the class, through the channels that raise its score."""

from typing import Any

from tapetum.errors import LayerError
from tapetum.network import Network
from tapetum.results import Heatmap


def gradcam(network: Network, pictures: Any, target: Any = None, *, layer: str | None = None) -> Heatmap:
    r"""Which places speak for the target: feature maps weighted by the mean gradient in each.

    \( M_{ij} = \sum_k \alpha_k A_{kij}, \; \alpha_k = \frac{1}{HW} \sum_{ij} \partial s / \partial A_{kij} \)

    Positive values speak for the target, negative ones against it; the published form keeps the positive
    part only, which is left to drawing. Values are in units of the score, one per place of the layer.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        layer: any layer with channels, rows and columns; by default the last one before pooling.

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
    chosen = network.layer(layer)
    if not chosen.spatial:
        raise LayerError(
            f"The layer {chosen.name!r} has shape {chosen.shape}, without rows and columns to draw. "
            f"Choose one of: {', '.join(stage.layer.name for stage in network.stages) or 'none here'}."
        )
    gradient = network.gradient(inputs, target, chosen)
    weights = gradient.values.mean((2, 3), keepdim=True)
    values = (weights * gradient.at).sum(1)
    return network.heatmap("gradcam", values, inputs, gradient.aim, layer=chosen.name)
