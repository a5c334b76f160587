"""A linear network, in which everything that a map can say is known, and a case on it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_networks import noise
from torch import Tensor, nn

from tapetum.evaluation import Case
from tapetum.network import Network, Preparation


class Linear(nn.Module):
    """Class 0 scores w·x, class 1 scores −w·x; w is given."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.head = nn.Linear(weight.numel(), 2, bias=False)
        with torch.no_grad():
            self.head.weight.copy_(torch.stack([weight.flatten(), -weight.flatten()]))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.flatten(x))


@pytest.fixture
def weight() -> Tensor:
    return noise((3, 12, 12), seed=5) * 0.1


@pytest.fixture
def case(weight: Tensor) -> Case:
    return make_case(Linear(weight).eval(), noise((2, 3, 12, 12), seed=6))


@pytest.fixture
def case_of() -> Callable[..., Case]:
    return make_case


def make_case(model: nn.Module, batch: Tensor, target: Any = 0, **options: Any) -> Case:
    network = Network(model, Preparation(*batch.shape[2:], batch.shape[1]), engine="torch", **options)
    targets = network.aim(network.inputs(batch), target).targets
    return Case(network, batch, targets, torch.zeros_like(batch), 0.25 * batch)
