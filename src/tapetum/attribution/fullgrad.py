"""FullGrad: the score taken apart into what the pixels and what the biases contribute."""

from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.bias_terms import Term, bias_terms, contributions
from tapetum.attribution.integrated_gradients import missed
from tapetum.network import Inputs, Network, Targets, sweep
from tapetum.network.surroundings import plain
from tapetum.options import one_of
from tapetum.results import Heatmap

Terms = Literal["signed", "rescaled"]

_TERMS = ("signed", "rescaled")


def fullgrad(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    terms: Terms = "signed",
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What the pixels and the biases of every layer contribute to the score, each laid over the picture.

    \( M = \sum_c x_c \odot \partial s / \partial x_c + \sum_l \mathrm{resize} \big( \sum_c
    (b_l)_c \, \partial s / \partial (z_l)_c \big) \)

    Biases are those of the network with batch-norm folded into its convolutions, and what an activation adds
    to its tangent through zero. Positive values raise the score, negative ones lower it, in the unit of the
    score. Resizing keeps sums, biases without a place are spread evenly, so the values sum to the score;
    `residual` is what is missing: nothing on networks of convolutions, batch-norm, ReLU and pooling. With
    "rescaled" each term's channels count with their absolute values, each term is scaled to 0..1 as the
    authors draw it, and values are at least 0 without a unit or a residual.

    Use when:
        a complete and smooth map is wanted in one pass back, and the biases of the network matter.

    Misleads when:
        the network has smooth activations such as SiLU: their share is what the residual shows. Large
        early layers dominate the picture.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        terms: "signed", which sums to the score, or "rescaled", the published picture.
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: an unknown form of terms.
        TargetError: not a class of this network.
        MemoryLimitError: the limit is too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Srinivas, Fleuret (2019), Full-Gradient Representation for Neural Network Visualization.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> heatmap = fullgrad(net, tapetum.sample("cat"))
        >>> bool((heatmap.values.sum((1, 2)) - heatmap.score).abs() < 1e-3)
        True
    """
    is_signed = one_of("fullgrad", "terms", terms, _TERMS) == "signed"
    inputs = network.inputs(pictures)
    aim = network.aim(inputs, target)
    found = bias_terms(network)

    def compute(first: int, last: int) -> Tensor:
        some = slice(first, last)
        return _laid(network, Inputs(inputs.batch[some]), aim.targets[some], found, signed=is_signed)

    # Every term's value and gradient is held at the same time as what autograd keeps.
    at_once = max(1, network.at_once(memory, backward=True) // 2)
    values = torch.cat(list(sweep("FullGrad", len(inputs.batch), at_once, compute)))
    return network.heatmap(
        "fullgrad",
        values,
        inputs,
        aim,
        options={"terms": terms},
        quantity="evidence" if is_signed else "sensitivity",
        residual=missed(values, aim.score) if is_signed else None,
    )


def _laid(
    network: Network, inputs: Inputs, targets: Targets, terms: list[Term], *, signed: bool
) -> Float[Tensor, "batch height width"]:
    """All terms of some pictures, laid over each other."""
    names = list(dict.fromkeys(name for term in terms for name in term.reads))
    found = network.gradients(inputs, targets, names)
    size = (inputs.batch.shape[2], inputs.batch.shape[3])
    values = dict(zip(names, found[1:], strict=True))
    with plain():
        of_picture = found[0].values * found[0].at
        total = (of_picture if signed else _rescaled(of_picture)).sum(1)
        for parts, axes in contributions(network, terms, values, len(total)):
            if axes is not None:
                maps = _placed(parts, axes)
                total += _resized(maps.sum(1), size) if signed else _grown(_rescaled(maps).sum(1), size)
            elif signed:
                total += parts[:, None, None] / (size[0] * size[1])
    return total


def _placed(parts: Tensor, axes: tuple[int, int]) -> Float[Tensor, "batch channel rows columns"]:
    """Rows and columns last, whatever else there is before them."""
    return parts.movedim(axes, (-2, -1)).flatten(1, -3) if parts.dim() > 3 else parts[:, None]


def _rescaled(parts: Float[Tensor, "batch channel rows columns"]) -> Tensor:
    """Absolute values, those of each picture from 0 to 1."""
    sizes = parts.abs()
    lowest = sizes.amin((1, 2, 3), keepdim=True)
    highest = sizes.amax((1, 2, 3), keepdim=True)
    return (sizes - lowest) / (highest - lowest).clamp_min(torch.finfo(sizes.dtype).tiny)


def _grown(maps: Float[Tensor, "batch rows columns"], size: tuple[int, int]) -> Tensor:
    """Maps enlarged (bilinear) so that every place keeps its value."""
    return torch.nn.functional.interpolate(maps[:, None], size, mode="bilinear", align_corners=False)[:, 0]


def _resized(maps: Float[Tensor, "batch rows columns"], size: tuple[int, int]) -> Tensor:
    """Maps enlarged (bilinear) so that what each place holds is shared out, and the sum stays."""
    down, across = (_sharing(few, many, maps) for few, many in zip(maps.shape[1:], size, strict=True))
    return down.T @ maps @ across


def _sharing(few: int, many: int, like: Tensor) -> Float[Tensor, "few many"]:
    """How each of a few places is shared out among many: rows that sum to 1."""
    alone = torch.eye(few, dtype=torch.float64)[None]
    spread = torch.nn.functional.interpolate(alone, many, mode="linear", align_corners=False)[0]
    return (spread / spread.sum(1, keepdim=True).clamp_min(1e-12)).to(like)
