"""Networks that are linear in the pixels, of which every attack is known in closed form."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tapetum.attacks import Subject, goal_of, subject_of
from tapetum.attacks.goal import Goal
from tapetum.network import Network, Preparation

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


class Linear(NamedTuple):
    """A linear network, what it computes from pixels in 0..1, and one picture of middle brightness."""

    model: nn.Module
    network: Network
    weights: Tensor
    bias: Tensor
    picture: np.ndarray
    x: Tensor

    def attacked(self) -> tuple[Subject, Goal]:
        inputs = self.network.inputs(self.picture)
        return subject_of(self.network, inputs), goal_of(None, self.network(inputs.batch), ["it"])


@pytest.fixture
def linear() -> Callable[[int, int], Linear]:
    """linear(classes, side)"""

    def made(classes: int, side: int) -> Linear:
        model = nn.Sequential(nn.Flatten(), nn.Linear(3 * side * side, classes)).double().eval()
        drawn = np.random.default_rng(classes * 100 + side)
        with torch.no_grad():
            model[1].weight.copy_(torch.from_numpy(drawn.normal(size=(classes, 3 * side * side))))
            model[1].bias.copy_(torch.from_numpy(drawn.normal(size=classes)))
        network = Network(model, Preparation(side, side, mean=MEAN, std=STD), name="linear")
        picture = drawn.integers(90, 160, (side, side, 3)).astype(np.uint8)
        std = torch.tensor(STD, dtype=torch.float64).repeat_interleave(side * side)
        mean = torch.tensor(MEAN, dtype=torch.float64).repeat_interleave(side * side)
        weights = model[1].weight.detach() / std
        bias = model[1].bias.detach() - weights @ mean
        x = torch.from_numpy(picture).permute(2, 0, 1).flatten().double() / 255
        return Linear(model, network, weights, bias, picture, x)

    return made
