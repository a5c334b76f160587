"""Guided Grad-CAM: the fine lines of guided backpropagation, where Grad-CAM speaks for the class."""

from collections.abc import Sequence
from typing import Any

from torch.nn.functional import interpolate

from tapetum.attribution.gradcam import weighted_by_mean
from tapetum.attribution.layers import choose, from_gradients, names
from tapetum.attribution.rectifiers import GUIDED, need_rectifiers
from tapetum.network import Network
from tapetum.results import Heatmap


def guided_gradcam(
    network: Network, pictures: Any, target: Any = None, *, layer: str | Sequence[str] | None = None
) -> Heatmap:
    r"""Which pixels speak for the target: guided backpropagation inside the places that Grad-CAM found.

    \( M_{ij} = U(\max(0, L))_{ij} \, \max_c |G_{cij}| \), with the Grad-CAM map \( L \), enlarged to the
    picture (bilinear), and the gradient \( G \) of the score with respect to the pixels that passes each
    ReLU only where it is positive.

    Values are at least 0: they tell where a change of a pixel would move the score, within the places that
    speak for the target; where Grad-CAM speaks against it they are 0. In units of Grad-CAM times score per
    unit of the network's input, one value per pixel. Much of the detail comes from edges that any class
    would show; trust the places more than the lines.

    Use when:
        a sharp figure of the region that Grad-CAM finds is wanted.

    Misleads when:
        taken as more faithful for being sharper: the detail comes from guided backpropagation, which
        draws edges whatever the class.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        layer: of Grad-CAM: any layer with rows and columns, or several fused ("layer3+layer4", or a list of
            names); by default the last one before pooling.

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
        MethodError: the network has no rectifier.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or a gradient.

    Reference:
        Selvaraju et al. (2017), Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
        Localization; Springenberg et al. (2014), Striving for Simplicity: The All Convolutional Net.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> guided_gradcam(net, tapetum.sample("cat")).values.shape
        torch.Size([1, 224, 224])
    """
    need_rectifiers("guided-gradcam", network)
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    coarse, aim = from_gradients(network, inputs, target, layers, weighted_by_mean)
    fine = network.gradient(inputs, aim.targets, rules=GUIDED).values
    places = interpolate(
        coarse.relu()[:, None], inputs.batch.shape[2:], mode="bilinear", align_corners=False
    )[:, 0]
    values = places * fine.abs().amax(1)
    return network.heatmap("guided-gradcam", values, inputs, aim, layer=names(layers), quantity="sensitivity")
