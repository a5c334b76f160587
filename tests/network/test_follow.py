"""A pass that autograd follows from the batch to values of the graph, and to nothing else."""

import pytest
import torch
from small_networks import Residual, noise, seeded
from untouched import untouched

from tapetum.network import Network, Preparation


@pytest.mark.parametrize("layers", [["block1"], ["bn"], ["add", "head"], ["stem", "relu.2"]])
def test_values_and_slopes_are_those_of_the_model(layers: list[str]) -> None:
    """`bn` exists in the faithful graph only; the others are read off the folded one."""
    model = seeded(Residual()).double()
    network = Network(model, Preparation(12, 12))
    batch = noise((2, 3, 12, 12), dtype=torch.float64)
    nodes = [network.layer(name).node for name in layers]
    with untouched(model, batch):
        leaf = batch.clone().requires_grad_()
        values = network.follow(nodes)(leaf)
        expected = network.activations(batch, layers)
        for name, value in zip(layers, values, strict=True):
            torch.testing.assert_close(value.detach(), expected[name], rtol=1e-9, atol=1e-12)
        (slope,) = torch.autograd.grad(sum(value.square().sum() for value in values), leaf)
    step = 1e-6 * noise((2, 3, 12, 12), seed=9, dtype=torch.float64)
    rise = [
        sum(v.square().sum() for v in network.activations(batch + sign * step, layers).values())
        for sign in (1, -1)
    ]
    torch.testing.assert_close((rise[0] - rise[1]) / 2, (slope * step).sum(), rtol=1e-4, atol=1e-12)


def test_nothing_after_the_last_value_is_computed() -> None:
    network = Network(seeded(Residual()), Preparation(12, 12))
    network.follow([network.layer("block1").node])(noise((2, 3, 12, 12)))
    assert network.passes == {"forward": 2}
