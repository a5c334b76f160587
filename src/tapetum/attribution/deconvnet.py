"""Deconvnet: a way back that rectifies as the way forward does."""

from typing import Any

from tapetum.attribution.rectifiers import DECONVNET, by_another_way
from tapetum.attribution.reductions import Reduction
from tapetum.network import Network
from tapetum.results import Heatmap


def deconvnet(
    network: Network, pictures: Any, target: Any = None, *, reduction: Reduction = "max-abs"
) -> Heatmap:
    r"""What pushes the score up when the network is run backwards, rectifiers included.

    \( S_{ij} = \max_c |R_{cij}|, \; R^{l} = [R^{l+1}]_+ \) at each rectifier, the chain rule elsewhere

    At each rectifier the way back is a rectifier too: it lets a gradient pass only where it is positive,
    whether the unit was open or not (a leaky one multiplies what is negative by its slope). Max pooling sends
    it to the place that was largest. Values have no unit; "max-abs" and "norm" are sensitivities, at least 0,
    "sum" keeps the sign. The maps depend little on the class.

    Rectifiers are ReLU, ReLU6 and leaky ReLU, wherever they stand in the network's graph; other activations
    keep their own derivative.

    Use when:
        patterns that drive a unit are to be shown as Zeiler and Fergus did.

    Misleads when:
        taken for an explanation of the class: it ignores which rectifiers were open and, like guided
        backpropagation, draws edges whatever the weights say.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        reduction: how channels become one value: "max-abs", "norm" or "sum".

    Raises:
        MethodError: an unknown reduction, or a network without a rectifier.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Zeiler, Fergus (2013), Visualizing and Understanding Convolutional Networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> deconvnet(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 224, 224])
    """
    return by_another_way("deconvnet", network, pictures, target, reduction=reduction, rules=DECONVNET)
