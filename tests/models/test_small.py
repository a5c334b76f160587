"""The small networks that are trained here."""

import pytest
import torch

import tapetum
from tapetum.errors import ModelError
from tapetum.models.small import SMALL, build_small


def test_the_first_layer_of_article_2_has_400_parameters() -> None:
    module = build_small("article-2", 1, 50, 50, 2)
    assert sum(p.numel() for p in module.conv1.parameters()) == 400


def test_article_3_is_the_network_of_its_summary() -> None:
    module = build_small("article-3", 3, 64, 64, 2).eval()
    assert module.dense1.in_features == 16 * 16 * 32
    assert module.dense1.out_features == 128
    assert module.dense2.out_features == 1
    assert [module.dropout1.p, module.dropout2.p] == [0.1, 0.1]


@pytest.mark.parametrize("name", SMALL)
def test_each_is_captured_exactly(name: str) -> None:
    module = build_small(name, 1, 28, 28, 5)
    net = tapetum.load(module, input_shape=(1, 28, 28))
    batch = torch.rand(3, 1, 28, 28)
    assert module.training
    assert torch.equal(net(batch), module.eval()(batch).detach())


def test_too_small_pictures_and_unknown_names_are_named() -> None:
    with pytest.raises(ModelError, match="too small for article-2"):
        build_small("article-2", 1, 8, 8, 2)
    with pytest.raises(ModelError, match="article-2, article-3, lenet"):
        build_small("article-9", 1, 28, 28, 2)
