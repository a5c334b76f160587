"""Superpixels: the parts of a picture that are hidden as one."""

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from tapetum.network import Network
from tapetum.network.surroundings import quiet


def superpixels(network: Network, batch: Tensor, count: int) -> Int[Tensor, "batch rows columns"]:
    """For each picture of a prepared batch the number of the superpixel at every place, from 0 (SLIC).

    SLIC aims at `count` of them and may give fewer or some more; every number up to the largest occurs. The
    batch is brought back to brightness first, for SLIC measures colours as people see them. How much shape
    counts against colour adapts to each superpixel (SLICO): with a fixed weight a noisy picture is one piece.
    """
    with quiet():  # the import itself sets warning filters
        from skimage.segmentation import slic

    channels = network.input_shape[0]
    mean = torch.tensor(network.preparation.mean, dtype=torch.float64).expand(channels)
    std = torch.tensor(network.preparation.std, dtype=torch.float64).expand(channels)
    levels = batch.detach().double().cpu() * std[:, None, None] + mean[:, None, None]
    found = []
    for picture in levels.clamp(0, 1):
        # One channel is taken as brightness alone.
        image, axis = (picture[0], None) if channels == 1 else (picture.permute(1, 2, 0), -1)
        parts = slic(image.numpy(), count, slic_zero=True, start_label=0, channel_axis=axis)
        found.append(np.unique(parts, return_inverse=True)[1].reshape(parts.shape))
    return torch.from_numpy(np.stack(found))


def shown(coalitions: Tensor, parts: Int[Tensor, "rows columns"]) -> Tensor:
    """Masks of the picture's size from rows of 0 and 1, one number per superpixel."""
    return coalitions[:, parts]
