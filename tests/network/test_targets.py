"""Every way to say what is to be explained, and every way to say it wrong."""

from typing import Any

import numpy as np
import pytest
import torch
from small_networks import OneLogit, Plain, noise, seeded
from torch import Tensor

from tapetum.errors import TargetError
from tapetum.network import Network, Preparation, find_index, find_target, resolve

LABELS = [
    "cat",
    "cat - striped",
    "dog",
    "crane (bird)",
    "crane (machine)",
    "maillot",
    "maillot",
    "Egyptian cat",
    "7",
    "x - y - z",
]
LOGITS = torch.tensor([[0.1, 0.2, 0.9, 0, 0, 0, 0, 0, 0, 0.3], [0.5, 0.2, 0.1, 0, 0, 0, 0, 0.7, 0, 0.2]])


def scores(target: Any) -> list[float]:
    found = resolve(target, LABELS, LOGITS).score(LOGITS)
    assert found.shape == (2,)
    return [round(v, 6) for v in found.tolist()]


@pytest.mark.parametrize(
    ("target", "indices", "kind"),
    [
        (2, (2,), "class"),
        ("dog", (2,), "class"),
        ("  DOG ", (2,), "class"),
        ("egyptian", (7,), "class"),
        ("cat", (0,), "class"),
        ("cat - striped", (1,), "class"),
        ("cat - s", (1,), "class"),
        ("7", (8,), "class"),
        ("9", (9,), "class"),
        ("cat - dog", (0, 2), "difference"),
        ("dog − cat", (2, 0), "difference"),
        ("cat - striped - dog", (1, 2), "difference"),
        ("dog - cat - striped", (2, 1), "difference"),
        ("x - y - z - dog", (9, 2), "difference"),
        ("dog - x - y - z", (2, 9), "difference"),
        ("2 - 0", (2, 0), "difference"),
        (np.int64(3), (3,), "class"),
    ],
)
def test_one_target(target: Any, indices: tuple[int, ...], kind: str) -> None:
    found = resolve(target, LABELS, LOGITS).items
    assert [item.indices for item in found] == [indices, indices]
    assert found[0].kind == kind
    expected = LOGITS[:, indices[0]] - (LOGITS[:, indices[1]] if len(indices) == 2 else 0)
    assert scores(target) == [round(v, 6) for v in expected.tolist()]


@pytest.mark.parametrize(
    "target",
    [
        [2, 7],
        (2, 7),
        ["dog", "Egyptian cat"],
        torch.tensor([2, 7]),
        np.array([2, 7]),
        [None, 7],
        ["dog", None],
    ],
)
def test_one_target_per_picture(target: Any) -> None:
    assert scores(target) == [0.9, 0.7]


def test_none_is_the_predicted_class() -> None:
    found = resolve(None, LABELS, LOGITS)
    assert [item.label for item in found.items] == ["dog", "Egyptian cat"]
    assert scores(None) == [0.9, 0.7]


def test_lists_may_hold_differences() -> None:
    assert scores(["dog - cat", 7]) == [0.8, 0.7]
    found = resolve(["dog - cat", 7], LABELS, LOGITS).items
    assert [item.label for item in found] == ["dog − cat", "Egyptian cat"]


def test_functions_of_the_logits() -> None:
    assert scores(lambda z: z[:, 2] * 2) == [1.8, 0.2]
    found = resolve(
        torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(10, 1), torch.nn.Flatten(0)), LABELS, LOGITS
    )
    assert found.items[0].kind == "custom"
    assert found.score(LOGITS).shape == (2,)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda z: z.argmax(1),
        lambda z: z,
        lambda z: z.sum(),
        lambda z: z[:1, 0],
        lambda z: 3.0,
        lambda z: z[:, :1],
    ],
)
def test_functions_of_the_wrong_shape(wrong: Any) -> None:
    with pytest.raises(TargetError, match="one number per picture"):
        scores(wrong)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (-1, r"no class -1.*0 to 9"),
        (10, r"no class 10.*0 to 9"),
        (10**9, r"no class 1000000000"),
        (10**30, r"no class 1000"),
        ("-1", r"no class -1"),
        ("10", r"no class 10"),
        ("9" * 5000, r"No class is called"),
        (2.5, r"2\.5 is not a class"),
        (2.0, r"2\.0 is not a class"),
        (np.float32(2), r"is not a class"),
        (True, r"True is not a class"),
        (np.True_, r"True.* is not a class"),
        (b"dog", r"is not a class"),
        ({"dog"}, r"is not a class"),
        ("", r"No class is called ''"),
        ("dgo", r"No class is called 'dgo'.*nearest labels are: dog"),
        ("zebra", r"No class is called 'zebra'"),
        ("crane", r"fits 2 classes: 3 \(crane \(bird\)\), 4 \(crane \(machine\)\)\. Give the index"),
        ("maillot", r"fits 2 classes: 5 \(maillot\), 6 \(maillot\)"),
        ("dog - zebra", r"No class is called 'zebra'"),
        ("zebra - dog", r"No class is called 'zebra'"),
        ("crane - dog", r"'crane' fits 2 classes"),
        ("dog - ", r"No class is called 'dog -|''"),
        ([1], r"1 targets for 2 pictures"),
        ([1, 2, 3], r"3 targets for 2 pictures"),
        ([], r"0 targets for 2 pictures"),
        (torch.tensor([1, 2, 3]), r"3 targets for 2 pictures"),
        (torch.tensor([1.0, 2.5]), r"1\.0 is not a class"),
        (torch.tensor([[1], [2]]), r"is not a class"),
        (np.array([[1, 2], [2, 3]]), r"is not a class"),
        ([1, 2.5], r"2\.5 is not a class"),
        ([1, lambda z: z[:, 0]], r"holds a function"),
        ([[1, 2], 3], r"is not a class"),
    ],
)
def test_wrong_targets(target: Any, says: str) -> None:
    with pytest.raises(TargetError, match=says):
        scores(target)


def test_a_tensor_of_one_number() -> None:
    assert scores(torch.tensor(2)) == [0.9, 0.1]


@pytest.mark.parametrize("target", [0, "frown"])
def test_the_other_class_of_one_logit_scores_its_negative(target: Any) -> None:
    model = seeded(OneLogit())
    network = Network(model, Preparation(16, 16), ["frown", "smile"])
    inputs = network.inputs(noise((3, 3, 16, 16)))
    against, towards = network.gradient(inputs, target), network.gradient(inputs, "smile")
    assert torch.allclose(against.values, -towards.values)
    difference = network.gradient(inputs, "smile - frown")
    assert torch.allclose(difference.values, 2 * towards.values)
    z = network(inputs.batch)[:, 0]
    assert torch.allclose(towards.aim.score, z, atol=1e-6)
    predicted = network.gradient(inputs, None).aim.targets.items
    assert [item.indices[0] for item in predicted] == (z > 0).long().tolist()
    with pytest.raises(TargetError, match=r"no class 2.*0 to 1"):
        network.gradient(inputs, 2)


def test_a_function_of_one_logit_gets_the_logit_as_it_is() -> None:
    network = Network(seeded(OneLogit()), Preparation(16, 16))
    inputs = network.inputs(noise((2, 3, 16, 16)))
    seen = []

    def target(z: Tensor) -> Tensor:
        seen.append(tuple(z.shape))
        return z[:, 0]

    assert torch.equal(network.gradient(inputs, target).values, network.gradient(inputs, 1).values)
    assert seen == [(2, 1)]


def test_the_text_of_a_target_alone() -> None:
    assert find_index("egypt", LABELS) == 7
    assert find_target("dog - cat", LABELS).label == "dog − cat"
    assert find_target("dog", LABELS).indices == (2,)


def test_errors_come_before_anything_is_explained() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16))
    inputs = network.inputs(noise((2, 3, 16, 16)))
    for layer in (None, network.layer()):
        with pytest.raises(TargetError, match="no class 5"):
            network.gradient(inputs, [0, 5], layer)
