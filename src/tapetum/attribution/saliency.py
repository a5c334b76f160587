"""Saliency: how strongly each pixel moves the score."""

from typing import Any

from tapetum.attribution.reductions import Reduction, checked_reduction, place, reduced
from tapetum.network import Network
from tapetum.results import Heatmap


def saliency(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    reduction: Reduction = "max-abs",
    layer: str | None = None,
) -> Heatmap:
    r"""How strongly each pixel moves the score: the gradient with respect to the pixels.

    \( S_{ij} = \max_c |\partial s / \partial x_{cij}| \)

    Values are in score per unit of the network's input. With "max-abs" (the published form) and "norm"
    (Euclidean over channels) they are sensitivities, at least 0: they tell where a small change would move
    the score, not in which direction. "sum" keeps the sign: positive where brightening all channels raises
    the score.

    Use when:
        a first look is wanted for the price of one pass back: which pixels the score is sensitive to.

    Misleads when:
        read as a picture of the object: it is noisy, marks edges, and says where a small change matters,
        not what the network used. A saturated score has hardly any gradient.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        reduction: how channels become one value: "max-abs", "norm" or "sum".
        layer: take the gradient with respect to this layer's values instead of the pixels.

    Raises:
        MethodError: an unknown reduction.
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Simonyan, Vedaldi, Zisserman (2013), Deep Inside Convolutional Networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> saliency(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 224, 224])
    """
    quantity = checked_reduction("saliency", reduction)
    inputs = network.inputs(pictures)
    chosen = place(network, layer)
    gradient = network.gradient(inputs, target, chosen)
    return network.heatmap(
        "saliency",
        reduced(gradient.values, reduction),
        inputs,
        gradient.aim,
        layer=None if chosen is None else chosen.name,
        options={"reduction": reduction},
        quantity=quantity,
    )
