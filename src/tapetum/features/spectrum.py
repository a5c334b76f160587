"""A picture as its spectrum in decorrelated colours: what is optimised, and how it becomes pixels."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

_COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
"""Columns: the principal colours of natural pictures, brightness first, as strong as they are there."""

_CONTRAST = 4.0
_START = 0.01


@dataclass(frozen=True, eq=False)
class Canvas:
    """A batch of pictures in the making.

    Attributes:
        parameters: what is optimised.
        pixels: computes the pictures from them, in 0..1, for autograd to follow.
    """

    parameters: tuple[Tensor, ...]
    pixels: Callable[[], Float[Tensor, "batch channel height width"]]


def colour_matrix(channels: int) -> Float[Tensor, "channel channel"]:
    """What turns decorrelated colours into red, green and blue; nothing to turn where there is one channel.

    The columns are divided by the largest of their lengths.
    """
    if channels == 1:
        return torch.ones(1, 1)
    colours = torch.tensor(_COLOURS)
    found: Tensor = colours / colours.norm(dim=0).max()
    return found


def frequencies(rows: int, columns: int) -> Float[Tensor, "rows half"]:
    """The frequency of every coefficient of `rfft2`, in cycles per pixel."""
    down, across = torch.fft.fftfreq(rows), torch.fft.rfftfreq(columns)
    found: Tensor = (down[:, None].square() + across[None].square()).sqrt()
    return found


def fourier_canvas(
    seeds: Sequence[int],
    channels: int,
    rows: int,
    columns: int,
    *,
    decay: float = 1.0,
    shared: bool = False,
    device: torch.device | None = None,
) -> Canvas:
    r"""Pictures as a spectrum in which every frequency is equally easy to change.

    \( \sigma(C \; \mathrm{irfft2}(c \sqrt{hw} / \max(f, 1/\max(h, w))^{decay}) / 4) \), with the colour
    matrix C and irfft2 divided by hw. The coefficients c start as N(0, 0.01), drawn from one seed for each
    picture, so that a picture does not depend on which others are made with it. With `shared`, one more
    spectrum is added to all of them, which gathers what they have in common.

    Reference:
        Olah, Mordvintsev & Schubert (2017), Feature Visualization.

    Example:
        >>> fourier_canvas([0, 1], 3, 32, 48).pixels().shape
        torch.Size([2, 3, 32, 48])
    """
    shape = (channels, rows, columns // 2 + 1, 2)
    drawn = [torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    coefficients = (_START * torch.stack(drawn)).to(device).requires_grad_()
    natural = frequencies(rows, columns).clamp_min(1 / max(rows, columns)) ** decay
    scale = (math.sqrt(rows * columns) / natural / _CONTRAST).to(device)[:, :, None]
    colours = colour_matrix(channels).to(device)

    common = torch.zeros_like(coefficients[:1]).requires_grad_()

    def pixels() -> Float[Tensor, "batch channel height width"]:
        whole = coefficients + common if shared else coefficients
        return to_pixels(torch.view_as_complex(whole * scale), colours, rows, columns)

    return Canvas((coefficients, common) if shared else (coefficients,), pixels)


def to_pixels(
    spectrum: Complex[Tensor, "batch channel rows half"],
    colours: Float[Tensor, "channel channel"],
    rows: int,
    columns: int,
    shift: Float[Tensor, "channel 1 1"] | float = 0.0,
) -> Float[Tensor, "batch channel height width"]:
    """The pictures in 0..1 of spectra in decorrelated colours; `shift` is added before the sigmoid."""
    planes = torch.fft.irfft2(spectrum, s=(rows, columns))
    return torch.sigmoid((colours @ planes.flatten(2)).view_as(planes) + shift)
