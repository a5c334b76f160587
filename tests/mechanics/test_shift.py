"""The same pattern, moved: a dense network must learn it anew, a convolutional one need not."""

import numpy as np
import pytest
import torch

from tapetum.mechanics import shift_trial


@pytest.mark.parametrize("seed", [0, 1])
def test_only_the_convolutional_network_knows_the_pattern_elsewhere(seed):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    found = shift_trial(seed=seed)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert found.dense.seen >= 0.97
    assert found.convolutional.seen >= 0.97
    assert found.convolutional.elsewhere >= 0.95
    assert 0.3 <= found.dense.elsewhere <= 0.75
    assert found.dense.parameters == 256 * 32 + 32 + 32 * 2 + 2
    assert found.convolutional.parameters == 8 * 25 + 8 + 8 * 2 + 2
    assert found.trained.sum() == 36
    assert found.pictures == 2 * 8 * 36
    assert found.dense.right.shape == (12, 12)
    assert found.dense.seen == pytest.approx(found.dense.right[found.trained].mean())
    assert found.drawing().mode == "RGB"


def test_the_same_seed_gives_the_same_numbers():
    one, two = shift_trial(seed=3), shift_trial(seed=3)
    assert np.array_equal(one.dense.right, two.dense.right)
    assert one.to_dict() == two.to_dict()
    assert one.to_dict() != shift_trial(seed=4).to_dict()
