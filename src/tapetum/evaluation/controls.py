"""Controls: maps that know nothing of the network. A method must be better than each of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

_REGIONS = 7


def random_map(
    batch: Float[Tensor, "pictures channel height width"], *, seed: int = 0
) -> Float[Tensor, "pictures height width"]:
    """Random regions, the same on every picture: values drawn on a grid of 7 by 7, enlarged smoothly.

    Regions, because single scattered pixels, hidden by chance, destroy a picture in a way of their own.
    """
    drawn = np.random.default_rng(seed).random((1, 1, _REGIONS, _REGIONS), dtype=np.float32)
    grown = F.interpolate(torch.from_numpy(drawn), batch.shape[2:], mode="bilinear", align_corners=False)
    return grown[0].expand(len(batch), -1, -1)


def edges(batch: Float[Tensor, "pictures channel height width"]) -> Float[Tensor, "pictures height width"]:
    """How steep the picture's brightness is at each pixel (Sobel); borders are mirrored."""
    grey = batch.detach().float().cpu().mean(1, keepdim=True)
    slope = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 8
    padded = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    across, down = (F.conv2d(padded, kernel[None, None]) for kernel in (slope, slope.T))
    return (across**2 + down**2).sqrt()[:, 0]


def centre(batch: Float[Tensor, "pictures channel height width"]) -> Float[Tensor, "pictures height width"]:
    """A Gaussian blob in the middle, a quarter of the picture wide: most people centre what they show."""
    rows, columns = batch.shape[2:]
    down, across = (((torch.arange(n) + 0.5) / n - 0.5) / 0.25 for n in (rows, columns))
    blob = torch.exp(-(down[:, None] ** 2 + across[None, :] ** 2) / 2)
    return blob.expand(len(batch), -1, -1)


@dataclass(frozen=True)
class Control:
    """One map that knows nothing of the network. Of one with several `draws`, the mean result counts."""

    key: str
    title: str
    function: Callable[..., Tensor]
    draws: int = 1

    def maps(self, batch: Tensor) -> list[Tensor]:
        """The maps of a prepared batch, one for each draw."""
        if self.draws == 1:
            return [self.function(batch)]
        return [self.function(batch, seed=seed) for seed in range(self.draws)]


CONTROLS: dict[str, Control] = {
    "random": Control("random", "Random regions", random_map, draws=4),
    "edges": Control("edges", "Edge detector", edges),
    "centre": Control("centre", "Centre of the picture", centre),
}
