"""Masks that are coarse grids, enlarged to the picture."""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.sampling import generator


def enlarged(grids: Float[Tensor, "samples down across"], rows: int, columns: int) -> Tensor:
    """Grids enlarged (bilinear) to masks of the picture's size."""
    return torch.nn.functional.interpolate(
        grids[:, None], (rows, columns), mode="bilinear", align_corners=False
    )[:, 0]


def shifted(
    seed: int, start: int, stop: int, *, cells: int, share: float, size: tuple[int, int]
) -> Float[Tensor, "samples rows columns"]:
    """Masks of RISE: random grids enlarged by a cell more than the picture, and moved by up to a cell.

    Mask k depends on the seed and k alone.
    """
    tall, wide = (math.ceil(length / cells) for length in size)
    draws = [generator(seed, k) for k in range(start, stop)]
    grids = np.stack([(draw.random((cells, cells)) < share).astype(np.float32) for draw in draws])
    large = enlarged(torch.from_numpy(grids), (cells + 1) * tall, (cells + 1) * wide)
    places = [(int(draw.integers(tall)), int(draw.integers(wide))) for draw in draws]
    cut = [mask[r : r + size[0], c : c + size[1]] for mask, (r, c) in zip(large, places, strict=True)]
    return torch.stack(cut)
