"""CAM: the feature maps before the pooling, weighted as the linear layer after it weights their means."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.layers import maps_of
from tapetum.errors import LayerError, TargetError
from tapetum.network import Aim, Layer, Network
from tapetum.network.pooled_head import pooled_head
from tapetum.results import Heatmap


def cam(network: Network, pictures: Any, target: Any = None) -> Heatmap:
    r"""Which places speak for the target, exactly: the verdict is the mean of this map and a bias.

    \( M_{ij} = \sum_k w_k A_{kij} \), with the feature maps \( A \) that the network pools, and the weights
    \( w \) that its linear layer (or 1×1 convolution) gives their means in the score.

    Positive values speak for the target, negative ones against it, in units of the score, one per place of
    the pooled layer; their mean is the score but for its bias. It exists only for networks that end in mean
    pooling and one linear layer, in either order; there it is Grad-CAM times the number of places.

    Use when:
        a network ends in mean pooling and one linear layer: the map is exactly the class's share of each
        place.

    Misleads when:
        places of a coarse grid are read as pixels: each sees far more of the picture than its square.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits (whose derivative is taken); None explains the predicted class.

    Raises:
        LayerError: the network does not end in mean pooling and one linear layer.
        TargetError: not a class of this network, or a function that does not depend on the logits.
        NonFiniteError: NaN or infinity in the pictures or the feature maps.

    Reference:
        Zhou, Khosla, Lapedriza, Oliva, Torralba (2016), Learning Deep Features for Discriminative
        Localization.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> heatmap = cam(net, tapetum.sample("cat"), target="Egyptian cat")
        >>> heatmap.layer, heatmap.values.shape
        ('bn2', torch.Size([1, 7, 7]))
    """
    inputs = network.inputs(pictures)
    layer, weight = _head(network)
    with network.remembering(inputs):
        aim = network.aim(inputs, target)
        logits, (value,), engine = network.evaluate(inputs.batch, [layer])
    worth = _slope(aim) @ weight.to(logits)
    values = torch.einsum("bk,bkij->bij", worth, maps_of(layer, value))
    return network.heatmap("cam", values, inputs, Aim(logits, aim.targets, engine), layer=layer.name)


def _head(network: Network) -> tuple[Layer, Float[Tensor, "outputs channel"]]:
    """The layer that is pooled, by the name of the outermost module whose output it is, and the weights."""
    places = {layer.node: layer.places for layer in network.layers if layer.places is not None}
    found = pooled_head(network.folded, places)
    if found is None:
        raise LayerError(
            f"{network.name} does not end in mean pooling over rows and columns and one linear layer, so it "
            "has no class activation map in the strict sense. Methods that need no such head: gradcam, "
            "layercam, saliency, occlusion."
        )
    return next(layer for layer in network.layers if layer.node == found.node), found.weight


def _slope(aim: Aim) -> Float[Tensor, "batch outputs"]:
    """The derivative of each picture's score with respect to its logits."""
    with torch.inference_mode(False), torch.enable_grad():
        logits = aim.logits.detach().clone().requires_grad_()
        score = aim.targets.score(logits)
        if not score.requires_grad:
            raise TargetError(
                "The target function's result does not depend on the logits by a derivative. "
                "Compute it from them with torch operations, without detach, argmax or item()."
            )
        (slope,) = torch.autograd.grad(score.sum(), logits)
    return slope
