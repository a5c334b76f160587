"""Baselines: what stands for "nothing to see here"."""

from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.sampling import normal
from tapetum.errors import MethodError, PictureError
from tapetum.network import Inputs, Network
from tapetum.pictures import PictureSource

# For the type checker, what a baseline may be. At run time it is anything: `baseline_of` looks at the value
# and says in its own words what is wrong with it.
if TYPE_CHECKING:
    BaselineLike = str | float | PictureSource | Tensor
else:
    BaselineLike = object

BASELINES = ("mean", "black", "grey", "white", "blur", "noise")
"""The words for baselines."""
_LEVELS = {"black": 0.0, "grey": 0.5, "gray": 0.5, "white": 1.0}


def baseline_of(
    network: Network, inputs: Inputs, baseline: BaselineLike, *, seed: int = 0
) -> Float[Tensor, "batch channel height width"]:
    """A batch of the same shape in which there is nothing to see.

    Args:
        network: the captured classifier.
        inputs: the pictures that are explained.
        baseline: "mean" is zero in the network's own units, the middle of what it was trained on; "black",
            "grey", "white" or a number from 0 to 1 is a plain picture of that brightness; "blur" the picture
            itself without its details (Gaussian, sigma an eighth of the shorter side); "noise" normal noise
            of the network's own unit; anything else a picture (path, bytes, PIL, array), or a prepared tensor
            of shape (channel, height, width) or of the batch's.
        seed: of the noise.

    Raises:
        MethodError: a word or number that is no baseline, or a tensor of the wrong shape.
        PictureError: a picture that cannot be read.
    """
    batch = inputs.batch
    if isinstance(baseline, Tensor):
        if baseline.shape not in (batch.shape, batch.shape[1:]):
            wanted = tuple(batch.shape[1:])
            raise MethodError(
                f"The baseline has shape {tuple(baseline.shape)}. "
                f"Give one prepared picture of shape {wanted}, or one for each picture."
            )
        return baseline.to(batch).expand_as(batch)
    level = _level(baseline)
    if level is not None:
        return _plain(network, level).to(batch).expand_as(batch)
    if baseline == "mean":
        return torch.zeros_like(batch)
    if baseline == "blur":
        return blurred(batch, min(batch.shape[2:]) / 8)
    if baseline == "noise":
        return normal(seed, [0], batch).expand_as(batch)
    return _picture(network, baseline).to(batch).expand_as(batch)


def blurred(
    batch: Float[Tensor, "batch channel height width"], sigma: float
) -> Float[Tensor, "batch channel height width"]:
    """The batch under a Gaussian of this standard deviation in pixels; borders are mirrored."""
    if sigma <= 0:
        return batch
    for dim, size in ((2, batch.shape[2]), (3, batch.shape[3])):
        reach = torch.arange(size, dtype=torch.float64)
        # Row i of the matrix holds what output i takes from every place, mirrored places included.
        weights = sum(
            torch.exp(-((reach[:, None] - place) ** 2) / (2 * sigma**2))
            for place in (reach, -1 - reach, 2 * size - 1 - reach)
        )
        assert isinstance(weights, Tensor)
        matrix = (weights / weights.sum(1, keepdim=True)).to(batch)
        batch = torch.einsum("ij,bcjw->bciw" if dim == 2 else "ij,bchj->bchi", matrix, batch)
    return batch


def _level(baseline: Any) -> float | None:
    """The brightness that a word or number means."""
    if isinstance(baseline, str) and baseline in _LEVELS:
        return _LEVELS[baseline]
    try:
        level = float(baseline)
    except (TypeError, ValueError):
        return None
    if not 0 <= level <= 1:
        raise MethodError(f"The baseline {baseline!r} is no brightness. Give a number from 0 to 1.")
    return level


def _plain(network: Network, level: float) -> Float[Tensor, "channel height width"]:
    channels, rows, columns = network.input_shape
    mean = torch.tensor(network.preparation.mean).expand(channels)
    std = torch.tensor(network.preparation.std).expand(channels)
    return ((level - mean) / std)[:, None, None].expand(channels, rows, columns)


def _picture(network: Network, baseline: Any) -> Float[Tensor, "channel height width"]:
    try:
        return network.prepare(baseline)[0]
    except PictureError as error:
        if not isinstance(baseline, str):
            raise
        raise MethodError(
            f"The baseline {baseline!r} is no word that is known, and as a picture: {error} "
            f"The words are: {', '.join(BASELINES)}, or a brightness from 0 to 1."
        ) from error
