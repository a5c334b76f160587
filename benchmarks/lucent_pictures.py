"""lucent with its defaults, on networks that tapetum loads; runs where `make peers` put it."""

from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from tapetum.models.torchvision_import import import_torchvision

SIDES = (128, 224)
"""Sides of lucent's pictures: its default, and the size that the network reads."""


def render(module: nn.Module, category: int, *, steps: int, side: int, seed: int = 0) -> Image.Image:
    """One picture for a class, by lucent's optimiser, picture and transforms.

    Its own normalisation is that of torchvision's networks; it gets the one that lite0 was trained with.
    """
    import_torchvision()
    from lucent.optvis import param, render, transform

    np.random.seed(seed)
    torch.manual_seed(seed)
    made: Any = render.render_vis(
        module,
        f"labels:{category}",
        lambda: param.image(side),
        transforms=[*transform.standard_transforms, _normalised],
        preprocess=False,
        thresholds=(steps,),
        show_image=False,
        progress=False,
    )
    return Image.fromarray((made[0][0] * 255).round().astype(np.uint8))


def _normalised(pictures: Tensor) -> Tensor:
    return (pictures - 0.5) / 0.5
