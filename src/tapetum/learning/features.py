"""What the unchanging part of a network makes of every picture, computed once."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tapetum.learning.batches import batches
from tapetum.learning.data import PictureSet
from tapetum.network import Preparation
from tapetum.progress import stage


def features(
    trunk: nn.Module, data: PictureSet, preparation: Preparation, size: int, *, hold: int
) -> tuple[Float[Tensor, "pictures *shape"], Int[Tensor, " pictures"]]:
    """The values of the trunk for every picture in order, and the labels.

    Args:
        trunk: in evaluation mode.
        data: the pictures.
        preparation: how they become input.
        size: pictures at once.
        hold: most bytes of pixels that are held in memory meanwhile.
    """
    device = next(trunk.parameters()).device
    found, labels = [], []
    shown = batches(data, preparation, size, hold=hold)
    with stage(f"Features of {data.name}", len(shown)) as advance, torch.no_grad():
        for pixels, marks in shown:
            found.append(trunk(preparation.normalised(pixels.to(device).float() / 255)).cpu())
            labels.append(marks)
            advance(1)
    return torch.cat(found), torch.cat(labels)
