"""VarGrad: how much the gradient differs between noisy copies of the picture."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from tapetum.attribution.reductions import Reduction, checked_reduction, place, reduced
from tapetum.attribution.repeated import Part, noisy_gradients
from tapetum.network import Network
from tapetum.options import at_least, between
from tapetum.results import Heatmap


def vargrad(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    samples: int = 32,
    sigma: float = 0.15,
    reduction: Reduction = "max-abs",
    layer: str | None = None,
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""How much the effect of each pixel on the score changes between noisy copies of the picture.

    \( V_{ij} = \max_c \frac{1}{n} \sum_k (g_{kcij} - \bar g_{cij})^2, \;
    g_k = \partial s / \partial x (x + \varepsilon_k), \;
    \varepsilon_k \sim N(0, \sigma^2 (\max x - \min x)^2) \)

    Values are variances, at least 0, in squared score per unit of the network's input: large where the score
    bends or where units switch, which is often at the edges that matter. They do not say in which direction.

    Use when:
        the question is where the gradient is unstable under small noise, which often outlines the object.

    Misleads when:
        read as evidence: it is a variance, has no sign, and says nothing about for or against the target.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        samples: how many noisy copies, at least 2.
        sigma: the noise's standard deviation, as a share of the range of the picture's values.
        reduction: how the channels' variances become one value: "max-abs", "norm" or "sum".
        layer: take the gradients with respect to this layer's values instead of the pixels.
        seed: of the noise.
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: an unknown reduction, or a number out of range.
        LayerError: an unknown layer, or one without rows and columns.
        TargetError: not a class of this network.
        MemoryLimitError: the limit is too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Adebayo, Gilmer, Goodfellow, Kim (2018), Local Explanation Methods for Deep Neural Networks Lack
        Sensitivity to Parameter Values.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> vargrad(net, tapetum.sample("cat"), samples=2).values.shape
        torch.Size([1, 224, 224])
    """
    at_least("vargrad", "samples", samples, 2)
    between("vargrad", "sigma", sigma, 0.0, 10.0)
    at_least("vargrad", "seed", seed, 0)
    checked_reduction("vargrad", reduction)
    inputs, chosen = network.inputs(pictures), place(network, layer)
    aim = network.aim(inputs, target)
    parts = noisy_gradients(
        "VarGrad",
        network,
        inputs,
        aim.targets,
        samples=samples,
        sigma=sigma,
        layer=chosen,
        seed=seed,
        memory=memory,
    )
    return network.heatmap(
        "vargrad",
        reduced(_variance(parts, len(inputs.batch), samples), reduction),
        inputs,
        aim,
        layer=None if chosen is None else chosen.name,
        options={"samples": samples, "sigma": sigma, "reduction": reduction},
        quantity="sensitivity",
        seed=seed,
    )


def _variance(parts: Iterator[Part], pictures: int, samples: int) -> Tensor:
    """Of each element over the samples, from sums of what differs from the first sample."""
    first = total = squares = torch.empty(0)
    seen = 0
    for part in parts:
        found = part.gradient.values
        if not seen:
            first = found.new_zeros((pictures, *found.shape[1:]))
            total, squares = torch.zeros_like(first), torch.zeros_like(first)
        fresh = part.places[: max(0, pictures - seen)]
        first[fresh] = found[: len(fresh)]
        seen += len(found)
        apart = found - first[part.places]
        total.index_add_(0, part.places, apart)
        squares.index_add_(0, part.places, apart**2)
    return (squares / samples - (total / samples) ** 2).clamp_min(0)
