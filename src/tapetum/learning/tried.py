"""How well a network does on pictures that it has not learnt from."""

import torch
from torch import nn

from tapetum.learning.batches import HOLD, batches
from tapetum.learning.data import PictureSet
from tapetum.learning.losses import classes_of, loss_of
from tapetum.network import Preparation
from tapetum.progress import stage


def tried(
    module: nn.Module, data: PictureSet, preparation: Preparation, *, batch: int = 64, hold: int = HOLD
) -> dict[str, float]:
    """`accuracy`, the share of pictures that are named rightly, and `loss`, the mean over them.

    The module must be in evaluation mode.
    """
    right, loss = 0.0, 0.0
    shown = batches(data, preparation, batch, hold=hold)
    with stage("Trying", len(shown)) as advance, torch.no_grad():
        for pixels, labels in shown:
            logits = module(preparation.normalised(pixels.float() / 255))
            right += float((classes_of(logits) == labels).sum())
            loss += float(loss_of(logits, labels)) * len(labels)
            advance(1)
    return {"accuracy": right / len(data), "loss": loss / len(data)}
