"""Labelled pictures as the tensors that a network reads."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tapetum.learning.data.picture_set import PictureSet
from tapetum.network import Preparation


def as_tensors(
    data: PictureSet, preparation: Preparation
) -> tuple[Float[Tensor, "pictures channel height width"], Int[Tensor, " pictures"]]:
    """All pictures prepared, and their labels, for a set that fits into memory."""
    pictures = torch.stack([preparation(data.fetch(place)) for place in range(len(data))])
    return pictures, torch.from_numpy(data.labels.copy())
