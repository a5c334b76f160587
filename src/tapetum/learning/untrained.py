"""A small network as it is before training."""

import torch
from torch import nn

from tapetum.models.small import build_small
from tapetum.network import Preparation


def untrained(name: str, preparation: Preparation, classes: int, *, seed: int = 0) -> nn.Module:
    """One of the small networks for pictures so prepared, with random weights of this seed.

    Raises:
        ModelError: no such network, or pictures that are too small for it.

    Example:
        >>> from tapetum.network import Preparation
        >>> network = untrained("article-2", Preparation(50, 50, channels=1), 2)
        >>> sum(weight.numel() for weight in network.conv1.parameters())
        400
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return build_small(name, preparation.channels, preparation.rows, preparation.columns, classes)
