"""Gradient × input: what each pixel contributes where the network is followed along its tangent."""

from typing import Any

from tapetum.attribution.reductions import place
from tapetum.network import Network
from tapetum.results import Heatmap


def gradient_times_input(
    network: Network, pictures: Any, target: Any = None, *, layer: str | None = None
) -> Heatmap:
    r"""What each pixel contributes to the score, to first order: its gradient times its value.

    \( M_{ij} = \sum_c x_{cij} \, \partial s / \partial x_{cij} \)

    Positive values raise the score against a value of zero in the network's own units (the middle of what it
    was trained on), negative ones lower it; the unit is that of the score. On a network without biases whose
    activations are ReLU the values sum to the score, on others not: see integrated-gradients and fullgrad.

    Use when:
        signed evidence per pixel is wanted at the price of one pass back; on networks of rectifiers
        without biases it sums to the score.

    Misleads when:
        pixels are near the network's zero (the mean colour): they get nothing, whatever they mean. Noise
        of the gradient stays in it.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        layer: explain this layer's values instead of the pixels.

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Shrikumar, Greenside, Shcherbina, Kundaje (2016), Not Just a Black Box: Learning Important Features
        Through Propagating Activation Differences.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> gradient_times_input(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 224, 224])
    """
    inputs = network.inputs(pictures)
    chosen = place(network, layer)
    gradient = network.gradient(inputs, target, chosen)
    return network.heatmap(
        "gradient-times-input",
        (gradient.values * gradient.at).sum(1),
        inputs,
        gradient.aim,
        layer=None if chosen is None else chosen.name,
    )
