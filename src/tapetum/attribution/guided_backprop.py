"""Guided backpropagation: a way back that keeps only what is positive."""

from typing import Any

from tapetum.attribution.rectifiers import GUIDED, by_another_way
from tapetum.attribution.reductions import Reduction
from tapetum.network import Network
from tapetum.results import Heatmap


def guided_backprop(
    network: Network, pictures: Any, target: Any = None, *, reduction: Reduction = "max-abs"
) -> Heatmap:
    r"""What pushes the score up through open units only: the way back keeps what is positive.

    \( S_{ij} = \max_c |R_{cij}|, \; R^{l} = [\partial a^{l+1} / \partial z^{l} \, R^{l+1}]_+ \) at each
    rectifier \( a = \max(z, 0) \), the ordinary chain rule elsewhere

    At each rectifier the way back lets a gradient pass only where it is positive and the rectifier is open.
    Values have no unit; "max-abs" and "norm" are sensitivities, at least 0, "sum" keeps the sign. The maps
    are sharp, and follow the picture's edges more than the class: they change little when the last layers
    are replaced by random ones (Adebayo 2018).

    Rectifiers are ReLU, ReLU6 and leaky ReLU, wherever they stand in the network's graph; other activations
    keep their own derivative.

    Use when:
        sharp contours of what excites the rectifiers of a network are wanted for a figure.

    Misleads when:
        taken for an explanation of the class: it hardly changes with the target or with random weights in
        the last layers, because it restores the picture's edges. Put it beside a control.

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
        Springenberg, Dosovitskiy, Brox, Riedmiller (2014), Striving for Simplicity: The All Convolutional
        Net.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> guided_backprop(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 224, 224])
    """
    return by_another_way("guided-backprop", network, pictures, target, reduction=reduction, rules=GUIDED)
