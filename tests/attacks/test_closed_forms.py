"""Every attack against its closed form on linear networks, and rounding against trying everything."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.adversarial import best_corner, best_whole, flipping_levels, nearest_boundary

import tapetum
from tapetum.attacks.carlini_wagner import carlini_wagner
from tapetum.attacks.deepfool import deepfool
from tapetum.attacks.fgsm import fgsm
from tapetum.attacks.goal import Goal
from tapetum.attacks.levels import rounded
from tapetum.attacks.norms import length, steepest, within
from tapetum.attacks.pgd import pgd

EPSILON = 5 / 255


def test_fgsm_is_the_best_change_within_the_budget(linear: Callable) -> None:
    net = linear(2, 2)
    subject, goal = net.attacked()
    pixels = fgsm(subject, goal, epsilon=torch.tensor([EPSILON]).double(), norm="linf")
    slope = net.weights[1 - goal.classes[0]] - net.weights[goal.classes[0]]
    before, after = goal.margin(subject.logits(subject.pixels)), goal.margin(subject.logits(pixels))
    expected = best_corner(slope, EPSILON)
    assert float(after - before) == pytest.approx(expected, rel=1e-6)
    assert expected == pytest.approx(EPSILON * float(slope.abs().sum()), rel=1e-9)


@pytest.mark.parametrize("method", ["fgsm", "iterative-fgsm", "pgd"])
def test_the_smallest_budget_is_the_margin_over_the_weights(linear: Callable, method: str) -> None:
    net = linear(2, 8)
    expected = flipping_levels(net.weights, net.bias, net.x)
    assert 1 < expected < 32
    options = {"steps": 20} if method == "pgd" else {}
    found = tapetum.attack(net.network, net.picture, method=method, epsilon="1/255", maps=False, **options)
    assert not found[0].fooled
    assert found[0].smallest.levels == expected
    wide = tapetum.attack(net.network, net.picture, method=method, epsilon="32/255", maps=False, **options)
    assert wide[0].fooled
    assert wide[0].smallest.levels == expected
    limited = tapetum.attack(
        net.network, net.picture, method=method, epsilon="1/255", up_to=expected - 1, maps=False, **options
    )
    assert limited[0].smallest.levels is None
    assert f"No budget up to {expected - 1}/255" in " ".join(limited.sentences())


def test_deepfool_lands_on_the_nearest_boundary_in_one_step(linear: Callable) -> None:
    net = linear(6, 4)
    subject, goal = net.attacked()
    pixels = deepfool(subject, goal, steps=1, classes=10, overshoot=0.0)
    expected = nearest_boundary(net.weights, net.bias, net.x)
    torch.testing.assert_close((pixels - subject.pixels).flatten(), expected, rtol=1e-5, atol=1e-9)
    assert float(goal.margin(subject.logits(pixels))) == pytest.approx(0, abs=1e-6)


def test_deepfool_reaches_a_class(linear: Callable) -> None:
    net = linear(6, 4)
    subject, _ = net.attacked()
    wanted = int(subject.logits(subject.pixels).argsort()[0, 2])
    towards = Goal(torch.tensor([wanted]), targeted=True)
    pixels = deepfool(subject, towards, steps=20)
    assert int(subject.logits(pixels).argmax()) == wanted


def test_carlini_wagner_comes_close_to_the_shortest_change(linear: Callable) -> None:
    net = linear(2, 8)
    subject, goal = net.attacked()
    shortest = float(nearest_boundary(net.weights, net.bias, net.x).norm())
    pixels = carlini_wagner(subject, goal, steps=150, searches=7)
    found = float(length(pixels - subject.pixels, "l2"))
    assert shortest <= found * (1 + 1e-9)
    assert found < 1.1 * shortest
    assert bool(goal.reached(subject.logits(pixels)))


def test_one_step_of_length_is_the_gradient_brought_to_the_budget(linear: Callable) -> None:
    net = linear(2, 4)
    subject, goal = net.attacked()
    budget = torch.tensor([0.1]).double()
    pixels = pgd(subject, goal, epsilon=budget, norm="l2", steps=1, step_size=0.1, starts=0)
    slope = net.weights[1 - goal.classes[0]] - net.weights[goal.classes[0]]
    torch.testing.assert_close(
        (pixels - subject.pixels).flatten(), 0.1 * slope / slope.norm(), rtol=1e-5, atol=1e-9
    )


def test_the_score_has_the_direction_of_the_cross_entropy_and_does_not_fade() -> None:
    logits = torch.tensor([[3.0, 1.0, -2.0], [200.0, 0.0, 1.0]], requires_grad=True)
    classes = torch.tensor([0, 0])
    (ours,) = torch.autograd.grad(Goal(classes).score(logits).sum(), logits)
    (theirs,) = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, classes), logits)
    torch.testing.assert_close(ours[0] / ours[0].norm(), theirs[0] / theirs[0].norm())
    assert not theirs[1].any()
    assert float(ours[1].norm()) > 1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    epsilon=st.floats(1 / 255, 1.0),
    norm=st.sampled_from(["linf", "l2"]),
    strength=st.floats(0.001, 2.0),
)
def test_rounded_pictures_are_pictures_within_the_budget(
    seed: int, epsilon: float, norm: str, strength: float
) -> None:
    drawn = np.random.default_rng(seed)
    original = torch.from_numpy(drawn.integers(0, 256, (2, 3, 4, 5))).float() / 255
    pixels = (original + strength * torch.from_numpy(drawn.normal(size=original.shape)).float()).clamp(0, 1)
    budget = torch.full((2,), epsilon)
    found = rounded(original, original + within(pixels - original, budget, norm), budget, norm)
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1
    torch.testing.assert_close(found * 255, (found * 255).round(), rtol=0, atol=1e-4)
    assert bool((length(found - original, norm) <= budget * (1 + 1e-4)).all())


@pytest.mark.parametrize("seed", range(3))
def test_no_whole_change_of_its_length_beats_a_rounded_one(seed: int) -> None:
    slope = torch.from_numpy(np.random.default_rng(seed).normal(size=4))
    original = torch.full((1, 1, 2, 2), 128 / 255, dtype=torch.float64)
    budget = torch.tensor([4 / 255], dtype=torch.float64)
    pixels = original + 4 / 255 * steepest(slope.reshape(1, 1, 2, 2), "l2")
    change = ((rounded(original, pixels, budget, "l2") - original) * 255).flatten().round()
    assert change.any()
    assert float(slope @ change) == pytest.approx(best_whole(slope, float(change.norm()), 5), rel=1e-9)
