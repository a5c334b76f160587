"""Saliency: how strongly each pixel moves the score."""

from typing import Any, Literal

from torch import Tensor

from tapetum.errors import MethodError
from tapetum.network import Network
from tapetum.results import Heatmap

Reduction = Literal["max-abs", "norm", "sum"]

_REDUCTIONS = ("max-abs", "norm", "sum")


def saliency(
    network: Network, pictures: Any, target: Any = None, *, reduction: Reduction = "max-abs"
) -> Heatmap:
    r"""How strongly each pixel moves the score: the gradient with respect to the pixels.

    \( S_{ij} = \max_c |\partial s / \partial x_{cij}| \)

    Values are in score per unit of the network's input. With "max-abs" (the published form) and "norm"
    (Euclidean over channels) they are sensitivities, at least 0: they tell where a small change would move
    the score, not in which direction. "sum" keeps the sign: positive where brightening all channels raises
    the score.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        reduction: how channels become one value: "max-abs", "norm" or "sum".

    Raises:
        MethodError: an unknown reduction.
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
    if reduction not in _REDUCTIONS:
        raise MethodError(f"saliency has no reduction {reduction!r}. Use one of: {', '.join(_REDUCTIONS)}.")
    inputs = network.inputs(pictures)
    gradient = network.gradient(inputs, target)
    return network.heatmap(
        "saliency",
        _reduced(gradient.values, reduction),
        inputs,
        gradient.aim,
        options={"reduction": reduction},
        quantity="evidence" if reduction == "sum" else "sensitivity",
    )


def _reduced(gradient: Tensor, reduction: Reduction) -> Tensor:
    if reduction == "max-abs":
        return gradient.abs().amax(1)
    return gradient.sum(1) if reduction == "sum" else gradient.norm(dim=1)
