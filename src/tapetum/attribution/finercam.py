"""Finer-CAM: what speaks for the class and not for those that look like it."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tapetum.attribution.gradcam import weighted_by_mean
from tapetum.attribution.layers import choose, from_gradients, names
from tapetum.errors import TargetError
from tapetum.network import Aim, Network, Targets
from tapetum.network.targets import class_logits
from tapetum.options import at_least, between
from tapetum.results import Heatmap


def finercam(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    alpha: float = 0.6,
    references: int = 3,
    layer: str | Sequence[str] | None = None,
) -> Heatmap:
    r"""Which places tell the target from the classes most like it: Grad-CAM of the difference.

    \( M = \mathrm{GradCAM}\left(s - \frac{\alpha}{T} \sum_{t=1}^{T} y_{d_t}\right) \), where
    \( d_1 \dots d_T \) are the classes whose logits lie nearest to that of the target.

    Positive values speak for the target more than for its neighbours, negative ones for the neighbours. In
    units of the score, one value per place of the layer. The score that is told is the target's own.

    Use when:
        two or more similar classes compete: what tells the leopard from the jaguar?

    Misleads when:
        the nearest classes are not the confusing ones, or there are only two classes: choose the
        references by hand.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class. Neighbours of a difference are those of its first
            class, neighbours of a function the classes whose logits lie nearest to its value.
        alpha: how much of the neighbours is taken away; 0 is Grad-CAM.
        references: how many neighbours, T; fewer where the network has fewer other classes.
        layer: any layer with rows and columns, or several fused ("layer3+layer4", or a list of names); by
            default the last one before pooling.

    Raises:
        MethodError: an option out of its range.
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network, or no other class to compare with.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Zhang, Gu, Chowdhury, Mai, Carlyn, Berger-Wolf, Su, Chao (2025), Finer-CAM: Spotting the Difference
        Reveals Finer Details for Visual Explanation.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> finercam(net, tapetum.sample("cat"), "Egyptian cat", references=2).values.shape
        torch.Size([1, 7, 7])
    """
    alpha = between("finercam", "alpha", alpha, 0.0, 10.0)
    count = at_least("finercam", "references", references)
    inputs = network.inputs(pictures)
    layers = choose(network, layer)
    with network.remembering(inputs):
        network.share(inputs, layers, layers)
        aim = network.aim(inputs, target)
        with torch.inference_mode(False):  # for autograd keeps them, in whatever mode the caller is
            nearest = _neighbours(aim, count)

        def contrast(logits: Tensor) -> Tensor:
            others = class_logits(logits).gather(1, nearest).mean(1)
            return aim.targets.score(logits) - alpha * others

        compared = Targets(aim.targets.items, contrast)
        values, found = from_gradients(network, inputs, compared, layers, weighted_by_mean)
    return network.heatmap(
        "finercam",
        values,
        inputs,
        Aim(found.logits, aim.targets, found.engine),
        layer=names(layers),
        options={"alpha": alpha, "references": references},
    )


def _neighbours(aim: Aim, count: int) -> Int[Tensor, "batch references"]:
    """The classes whose logits lie nearest to the target's, itself left out."""
    logits: Float[Tensor, "batch classes"] = class_logits(aim.logits)
    used = [item.indices for item in aim.targets.items]
    first = [logits[row, own[0]] if own else aim.score[row] for row, own in enumerate(used)]
    far = (logits - torch.stack(first)[:, None]).abs()
    for row, own in enumerate(used):
        far[row, list(own)] = torch.inf
    kept = min(count, logits.shape[1] - max(map(len, used)))
    if kept < 1:
        raise TargetError(
            f"The network has {logits.shape[1]} classes, and the target compares them all: no other class is "
            "left to compare with. Use gradcam, or explain one class."
        )
    return far.argsort(dim=1, stable=True)[:, :kept]
