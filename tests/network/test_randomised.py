"""A network with shuffled weights: another answer, the same distribution, and nobody's model touched."""

import torch
from small_networks import Flat, PinnedBatch, Plain, Residual, noise, seeded
from untouched import untouched

from tapetum.network import Network, Preparation


def test_weights_are_shuffled_and_the_model_is_untouched() -> None:
    model, batch = seeded(Plain()), noise((2, 3, 16, 16))
    network = Network(model, Preparation(16, 16))
    before = network(batch)
    with untouched(model, batch):
        other = network.randomised(seed=3)
        assert other.fingerprint != network.fingerprint
        assert float((other(batch) - before).abs().max()) > 1e-3
    assert torch.equal(network(batch), before)
    weights, shuffled = network._capture.weights, other._capture.weights
    for name in weights:
        if weights.is_parameter(name):
            assert torch.equal(weights[name].flatten().sort()[0], shuffled[name].flatten().sort()[0])
    assert torch.equal(network.randomised(seed=3)(batch), other(batch))
    assert not torch.equal(network.randomised(seed=4)(batch), other(batch))


def test_from_the_verdict_backwards() -> None:
    model, batch = seeded(Residual()), noise((2, 3, 16, 16))
    network = Network(model, Preparation(16, 16))
    assert torch.equal(network.randomised(0.0)(batch), network(batch))
    last = network.randomised(0.1)
    layers = [layer.name for layer in network.layers if not layer.container]
    values, kept = network.activations(batch, layers), last.activations(batch, layers)
    changed = [name for name in layers if not torch.equal(values[name], kept[name])]
    assert "head" in changed
    assert "stem" not in changed


def test_values_neither_vanish_nor_explode_behind_batch_norms() -> None:
    network = Network(seeded(Residual()), Preparation(16, 16)).randomised()
    stem = network.activations(noise((4, 3, 16, 16)), ["bn"])["bn"]
    assert 0.05 < float(stem.std()) < 20
    assert bool(torch.isfinite(network(noise((4, 3, 16, 16)))).all())


def test_other_shapes_gradients_and_pinned_batches() -> None:
    for model, shape, batch in ((Flat(), (28, 28, 1), None), (PinnedBatch(3), (16, 16, 3), 3)):
        network = Network(seeded(model), Preparation(*shape), batch=batch).randomised()
        pictures = noise((3, shape[2], *shape[:2]))
        gradient = network.gradient(network.inputs(pictures), 1)
        assert bool(gradient.values.any())
        assert bool(torch.isfinite(gradient.values).all())


def test_another_size_is_randomised_too() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16))
    other, batch = network.randomised().at_size(24, 24), noise((1, 3, 24, 24))
    assert not torch.equal(other(batch), network.at_size(24, 24)(batch))
