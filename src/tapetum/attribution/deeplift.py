"""DeepLIFT: what each pixel's difference from a baseline contributes to the difference of the score."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike, baseline_of
from tapetum.attribution.relevance import Found, found_at, in_pieces, plan, values_of, walk
from tapetum.attribution.relevance.rescale import rescaling
from tapetum.network import Aim, Inputs, Network
from tapetum.results import Heatmap


def deeplift(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    baseline: BaselineLike = "mean",
    layer: str | None = None,
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What each pixel contributes to the score, against a baseline: DeepLIFT with the rescale rule.

    \( C_i = m_i \, (x_i - x'_i), \; m_i = \sum_j w_{ij} \frac{\Delta f_j}{\Delta z_j} m_j \)

    Positive values raise the score above that of the baseline \( x' \), negative ones lower it; units of the
    score, one per pixel (summed over the channels). They sum to the score minus that of the baseline; the
    residual is what is missing: rounding. At a `layer` they are what its places contribute, and the
    residual is what goes around it.

    The walk is over the graph with batch-norm folded into convolutions: a linear operation multiplies by its
    weights, an activation by the ratio of the differences of its output and input (by its derivative where
    they agree within rounding). Of a max pooling, a rise belongs to the value that is largest now, a fall to
    the one that was largest in the baseline. A product of two values (squeeze-and-excitation) is shared half
    and half: \( \Delta(ab) = \Delta a \, \bar b + \Delta b \, \bar a \). A target that is a function of
    the logits is followed along the straight line between both logits.

    Use when:
        contributions should sum to the difference from a baseline where gradients are zero because
        something saturates, for two passes.

    Misleads when:
        features multiply each other, as gates and attention do: the rescale rule splits such products by
        convention.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        baseline: what "nothing to see" is: "mean" (zero for the network), "black", "grey", "white", "blur",
            "noise", a brightness from 0 to 1, a picture or a prepared tensor.
        layer: stop at this layer instead of the picture.
        seed: of the noise, where the baseline is noise.
        memory: how much may be used above the network's own, such as "1GiB".

    Raises:
        MethodError: no baseline, or an operation that has no rule (attention, layer-norm), with its place.
        LayerError: an unknown layer, one without rows and columns, or one that the verdict does not need.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the values.
        MemoryLimitError: the limit is too small for one picture.

    Reference:
        Shrikumar, Greenside, Kundaje (2017), Learning Important Features Through Propagating Activation
        Differences.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> heatmap = deeplift(net, tapetum.sample("cat"), target="Egyptian cat")
        >>> heatmap.values.shape, bool(heatmap.residual.abs() < 1e-3)
        (torch.Size([1, 224, 224]), True)
    """
    inputs, chosen = network.inputs(pictures), found_at(network, "deeplift", layer)
    plain = baseline_of(network, inputs, baseline, seed=seed)
    alike = bool((plain == plain[:1]).all())
    planned = plan(network, "deeplift", rescaling(network), chosen, at_end=True)

    def compute(some: Inputs, places: slice, wanted: Any) -> Found:
        other = Inputs(plain[:1] if alike else plain[places])
        found, aim = network.trace(some, planned.reads, wanted)
        before, old = network.trace(other, planned.reads, aim.targets.at([0]) if alike else aim.targets)
        reference = values_of(planned, before, other.batch, network)
        values = values_of(planned, found, some.batch, network, reference)
        difference = values[planned.end] - reference[planned.end]
        contributions = (walk(planned, values, _slope(aim, old.logits)) * difference).sum(1)
        change = aim.score - aim.targets.score(old.logits.expand_as(aim.logits))
        return Found(contributions, aim, contributions.sum((1, 2)) - change)

    done = in_pieces(network, "DeepLIFT", inputs, target, compute, bytes_each=2 * planned.each, memory=memory)
    return network.heatmap(
        "deeplift",
        done.values,
        inputs,
        done.aim,
        layer=None if chosen is None else chosen.name,
        options={"baseline": baseline if isinstance(baseline, str | float | int) else "given"},
        residual=done.residual.float().cpu(),
        seed=seed if baseline == "noise" else None,
    )


def _slope(aim: Aim, before: Float[Tensor, "baselines classes"]) -> Float[Tensor, "batch classes"]:
    """The mean derivative of the score on the line between both logits, so that it sums to the difference."""
    places, weights = np.polynomial.legendre.leggauss(8)
    mean = torch.zeros_like(aim.logits)
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        mean += float(weight) * aim.targets.slope(before + float(place) * (aim.logits - before))
    return mean
