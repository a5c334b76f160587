"""Baselines: words, brightness, pictures, tensors, and what is none of them."""

import pytest
import torch
from small_networks import Plain, noise, seeded

from tapetum.attribution.baselines import baseline_of, blurred
from tapetum.errors import MethodError
from tapetum.network import Network, Preparation
from tapetum.pictures import sample


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(seeded(Plain()), Preparation(16, 16, mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.4)))


def test_brightness_is_that_of_a_plain_picture(network: Network) -> None:
    inputs = network.inputs(noise((2, 3, 16, 16)))
    for word, level in {"black": 0.0, "white": 1.0, "grey": 0.5, 0.25: 0.25, "0.75": 0.75}.items():
        found = baseline_of(network, inputs, word)
        expected = (level - torch.tensor([0.5, 0.4, 0.3])) / torch.tensor([0.2, 0.2, 0.4])
        assert found.shape == inputs.batch.shape
        assert torch.allclose(found, expected[None, :, None, None].expand_as(found))


def test_the_mean_is_zero_and_noise_is_the_same_for_every_picture(network: Network) -> None:
    inputs = network.inputs(noise((2, 3, 16, 16)))
    assert not baseline_of(network, inputs, "mean").any()
    drawn = baseline_of(network, inputs, "noise", seed=3)
    assert torch.equal(drawn[0], drawn[1])
    assert abs(float(drawn.std()) - 1) < 0.1
    assert torch.equal(drawn, baseline_of(network, inputs, "noise", seed=3))
    assert not torch.equal(drawn, baseline_of(network, inputs, "noise", seed=4))


def test_a_picture_and_tensors(network: Network) -> None:
    inputs = network.inputs(noise((2, 3, 16, 16)))
    coffee = network.prepare(sample("coffee"))
    assert torch.equal(baseline_of(network, inputs, sample("coffee")), coffee.expand_as(inputs.batch))
    assert torch.equal(baseline_of(network, inputs, coffee[0]), coffee.expand_as(inputs.batch))
    assert torch.equal(baseline_of(network, inputs, inputs.batch), inputs.batch)


def test_blur_keeps_the_mean_and_a_plain_picture() -> None:
    plain = torch.full((1, 3, 16, 12), 0.7)
    assert torch.allclose(blurred(plain, 2.0), plain)
    picture = noise((1, 3, 32, 32))
    weak = blurred(picture, 3.0)
    assert float(weak.std()) < 0.3 * float(picture.std())
    assert torch.allclose(weak.mean(), picture.mean(), atol=0.02)
    point = torch.zeros(1, 1, 41, 41)
    point[0, 0, 20, 20] = 1
    row = blurred(point, 2.0)[0, 0, 20]
    assert float(row[22] / row[20]) == pytest.approx(0.6065, rel=1e-3)


@pytest.mark.parametrize("wrong", ["purple", 1.5, -1, torch.zeros(3, 8, 8), "no-such-file.png"])
def test_what_is_no_baseline(network: Network, wrong: object) -> None:
    with pytest.raises(MethodError, match="baseline"):
        baseline_of(network, network.inputs(noise((2, 3, 16, 16))), wrong)
