"""MACO: pictures with the spectrum of photographs, of which only the phases are changed.

The magnitudes are measured here, on the sample photographs that travel with the package, in decorrelated
colours; nothing is downloaded.
"""

import functools
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from tapetum.features.spectrum import Canvas, colour_matrix, frequencies, to_pixels
from tapetum.pictures import SAMPLES, sample

_DARKEST = 0.08
"""Pixels are kept so far from black and white before the sigmoid is undone."""

_CROPS = 3


@functools.cache
def natural_spectrum(
    channels: int, rows: int, columns: int
) -> tuple[Float[Tensor, "channel rows half"], Float[Tensor, " channel"]]:
    """The mean magnitude of every frequency over the sample photographs, and their mean colour.

    Both are in decorrelated colours before the sigmoid, as `to_pixels` takes them.
    """
    total = torch.zeros(channels, rows, columns // 2 + 1)
    colour = torch.zeros(channels)
    undone = torch.linalg.inv(colour_matrix(channels))
    for name in SAMPLES:
        for crop in _crops(sample(name).image, channels, rows, columns):
            planes = (undone @ torch.logit(crop, _DARKEST).flatten(1)).view_as(crop)
            mean = planes.mean((1, 2), keepdim=True)
            total += torch.fft.rfft2(planes - mean).abs()
            colour += mean[:, 0, 0]
    count = _CROPS * len(SAMPLES)
    return _in_all_directions(total / count, columns), colour / count


def _in_all_directions(
    magnitudes: Float[Tensor, "channel rows half"], columns: int
) -> Float[Tensor, "channel rows half"]:
    """The mean over all directions: the edges of six photographs leave no cross in it."""
    rows = magnitudes.shape[1]
    ring = (frequencies(rows, columns) * max(rows, columns)).round().long().flatten()
    rings = int(ring.max()) + 1
    count = torch.bincount(ring, minlength=rings)
    total = magnitudes.new_zeros(len(magnitudes), rings).index_add_(1, ring, magnitudes.flatten(1))
    return (total / count)[:, ring].view_as(magnitudes)


def natural_canvas(
    seeds: Sequence[int], channels: int, rows: int, columns: int, *, device: torch.device | None = None
) -> Canvas:
    r"""Pictures whose spectrum has the magnitudes of photographs and phases that are optimised.

    \( \sigma(C \; \mathrm{irfft2}(m \, e^{i\varphi})) \), m the mean magnitude over natural pictures; the
    phases start uniformly, from one seed for each picture.

    Reference:
        Fel et al. (2023), Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained
        Optimization.
    """
    magnitudes, colour = natural_spectrum(channels, rows, columns)
    magnitudes, colour = magnitudes.to(device), colour.to(device)
    drawn = [torch.rand(magnitudes.shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    phases = (2 * torch.pi * torch.stack(drawn)).to(device).requires_grad_()
    colours = colour_matrix(channels).to(device)
    shift = (colours @ colour).view(-1, 1, 1)

    def pixels() -> Float[Tensor, "batch channel height width"]:
        return to_pixels(torch.polar(magnitudes.expand_as(phases), phases), colours, rows, columns, shift)

    return Canvas((phases,), pixels)


def _crops(image: Image.Image, channels: int, rows: int, columns: int) -> list[Tensor]:
    """Parts of a photograph with the proportions of the picture, side by side, in its size."""
    scale = min(image.width / columns, image.height / rows)
    wide, tall = columns * scale, rows * scale
    found = []
    for place in range(_CROPS):
        share = place / (_CROPS - 1)
        left, top = share * (image.width - wide), share * (image.height - tall)
        part = image.resize(
            (columns, rows), Image.Resampling.LANCZOS, (left, top, left + wide, top + tall)
        ).convert("L" if channels == 1 else "RGB")
        values = np.atleast_3d(np.asarray(part, np.float32) / 255)
        found.append(torch.from_numpy(values.transpose(2, 0, 1).copy()))
    return found
