"""Blur integrated gradients: the score followed while the picture comes into focus."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.integrated_gradients import Way, missed
from tapetum.attribution.quadrature import Rule, quadrature
from tapetum.attribution.repeated import repeated
from tapetum.network import Inputs, Network, Targets
from tapetum.options import between
from tapetum.results import Heatmap


def blur_ig(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    sigma: float = 0.2,
    steps: int = 32,
    rule: Rule = "gauss-legendre",
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What each pixel contributes to the score while the picture comes into focus.

    \( M_{ij} = \sum_c \int_{\sigma_{max}}^0 \partial s / \partial L_{cij} \cdot
    \partial L_{cij} / \partial \sigma \, d\sigma, \; L(\sigma) = e^{\sigma^2 \Delta / 2} x \)

    The way runs from the blurred picture to the sharp one and needs no baseline of a chosen colour. The blur
    is the Gaussian scale space of pixels: diffusion by the discrete Laplacian, borders mirrored. Positive
    values raise the score, negative ones lower it, in the unit of the score. They sum to the difference
    between the scores of the sharp and the blurred picture; `residual` is what the integration misses.

    Use when:
        no colour should stand for nothing: the way leads from the blurred picture to the sharp one.

    Misleads when:
        the verdict rests on coarse colour or shape, which blurring leaves in place. The finest scales
        weigh most.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        sigma: the strongest blur's standard deviation, as a share of the shorter side.
        steps: how many places of the way are looked at; they lie closer where the blur is small.
        rule: which: "gauss-legendre", "trapezoid", "midpoint", "left" or "right".
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: an unknown rule, or a number out of range.
        TargetError: not a class of this network.
        MemoryLimitError: the limit is too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Xu, Venugopalan, Sundararajan (2020), Attribution in Scale and Space.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> blur_ig(net, tapetum.sample("cat"), steps=4).values.shape
        torch.Size([1, 224, 224])
    """
    way = quadrature("blur-ig", rule, steps)
    between("blur-ig", "sigma", sigma, 0.0, 1.0)
    inputs = network.inputs(pictures)
    aim = network.aim(inputs, target)
    space = _ScaleSpace(inputs.batch)
    strongest = sigma * min(inputs.batch.shape[2:])
    values = _followed(network, inputs, aim.targets, space, strongest, way=way, memory=memory)
    blurred = space.at(list(range(len(inputs.batch))), [strongest] * len(inputs.batch))
    return network.heatmap(
        "blur-ig",
        values,
        inputs,
        aim,
        options={"sigma": sigma, "steps": steps, "rule": rule},
        residual=missed(values, aim.score - network.scores(blurred, aim.targets)),
    )


class _ScaleSpace:
    """A batch under any blur: in the cosine transform each frequency just fades."""

    def __init__(self, batch: Float[Tensor, "batch channel height width"]) -> None:
        self.rows, self.columns = (_cosines(size).to(batch) for size in batch.shape[2:])
        self.frequencies = self.rows @ batch @ self.columns.T
        down, across = (_fading(size).to(batch) for size in batch.shape[2:])
        self.fading = down[:, None] + across

    def at(self, places: list[int], sigmas: list[float]) -> Tensor:
        """These pictures of the batch, each under its own blur."""
        variance = self.frequencies.new_tensor([sigma**2 for sigma in sigmas])[:, None, None, None]
        faded = self.frequencies[places] * torch.exp(variance / 2 * self.fading)
        return self.rows.T @ faded @ self.columns


def _cosines(size: int) -> Float[Tensor, "size size"]:
    """The orthonormal cosine transform (DCT-II), whose functions mirror at the borders."""
    frequency, position = np.arange(size)[:, None], np.arange(size)
    matrix = np.sqrt(2 / size) * np.cos(np.pi * frequency * (position + 0.5) / size)
    matrix[0] /= np.sqrt(2)
    return torch.from_numpy(matrix)


def _fading(size: int) -> Float[Tensor, " size"]:
    """What the discrete Laplacian multiplies each frequency by."""
    return torch.from_numpy(2 * np.cos(np.pi * np.arange(size) / size) - 2)


def _laplacian(batch: Tensor) -> Tensor:
    """The sum of the differences to the four neighbours; beyond the border lies the border itself."""
    wide = torch.nn.functional.pad(batch, (1, 1, 1, 1), mode="replicate")
    across = wide[..., 1:-1, 2:] + wide[..., 1:-1, :-2]
    return across + wide[..., 2:, 1:-1] + wide[..., :-2, 1:-1] - 4 * batch


def _followed(
    network: Network,
    inputs: Inputs,
    targets: Targets,
    space: _ScaleSpace,
    strongest: float,
    *,
    way: Way,
    memory: str | int,
) -> Tensor:
    """The integral with sigma = strongest · u², so that u from 1 to 0 is slow where details appear."""
    sharpness, weights = way
    nodes = [1 - share for share in sharpness]

    def copies(places: Tensor, chosen: list[int]) -> Tensor:
        return space.at(places.tolist(), [strongest * nodes[k] ** 2 for k in chosen])

    total = inputs.batch.new_zeros((len(inputs.batch), *inputs.batch.shape[2:]))
    for part in repeated(
        "Blur integrated gradients",
        network,
        inputs,
        targets,
        samples=len(nodes),
        copies=copies,
        layer=None,
        memory=memory,
    ):
        # dL/dsigma = sigma · Laplacian(L), dsigma/du = 2 · strongest · u; from blurred to sharp, so minus.
        pace = [-weights[k] * 2 * strongest**2 * nodes[k] ** 3 for k in part.samples]
        change = _laplacian(part.gradient.at) * total.new_tensor(pace)[:, None, None, None]
        total.index_add_(0, part.places, (part.gradient.values * change).sum(1))
    return total
