"""Scores of a classifier: each number against its formula, and a network whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import scores as oracle
from sklearn.datasets import load_digits
from small_networks import OneLogit, Plain, noise, seeded
from torch import Tensor, nn
from untouched import untouched

from tapetum.errors import DataError, NonFiniteError, PictureError
from tapetum.learning import PictureSet, answers_of, in_memory, matched, scores
from tapetum.learning.scores import calibration, per_class, roc
from tapetum.network import Network, Preparation
from tapetum.pictures import Picture

SMALL = settings(max_examples=60, deadline=None)
CLASS = st.integers(0, 3)


@SMALL
@given(st.lists(st.tuples(CLASS, CLASS), min_size=1, max_size=30))
def test_rates_of_each_class(pairs: list[tuple[int, int]]) -> None:
    actual, said = (list(side) for side in zip(*pairs, strict=True))
    found = per_class(np.array(actual), np.array(said), [0, 2, 1])
    for (support, *rates), of in zip(found, (0, 2, 1), strict=True):
        assert support == actual.count(of)
        assert rates == pytest.approx(list(oracle.rates(actual, said, of)))


@SMALL
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0])), min_size=2, max_size=25)
)
def test_the_area_under_the_curve_is_a_share_of_pairs(drawn: list[tuple[bool, float]]) -> None:
    positive, chance = (list(side) for side in zip(*drawn, strict=True))
    found = roc(np.array(positive), np.array(chance))
    if all(positive) or not any(positive):
        assert found is None
        return
    assert found is not None
    assert found.area == pytest.approx(oracle.area(positive, chance))
    points = set(zip(found.false_positives, found.true_positives, strict=True))
    assert points <= oracle.curve(positive, chance)
    assert {(0.0, 0.0), (1.0, 1.0)} <= points


def test_a_long_curve_is_thinned_and_keeps_its_area() -> None:
    chance = np.random.default_rng(0)
    positive = chance.random(3000) < 0.3
    values = chance.random(3000) + 0.4 * positive
    found = roc(positive, values)
    assert found is not None
    assert len(found.false_positives) <= 100
    kept = np.trapezoid(found.true_positives, found.false_positives)
    assert kept == pytest.approx(found.area, abs=0.002)
    assert (found.false_positives[0], found.true_positives[-1]) == (0.0, 1.0)


@SMALL
@given(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=30), st.integers(1, 12)
)
def test_calibration(drawn: list[tuple[float, bool]], bins: int) -> None:
    sure, right = (list(side) for side in zip(*drawn, strict=True))
    edges = np.linspace(0, 1, bins + 1)
    if np.isclose(np.subtract.outer(sure, edges[1:-1]), 0).any():
        return  # on an edge, rounding decides
    found, error = calibration(np.array(sure), np.array(right), bins)
    assert error == pytest.approx(oracle.calibration_error(sure, right, bins))
    assert sum(one.pictures for one in found) == len(sure)
    for one in found:
        assert (one.confidence is None) == (one.pictures == 0)
        assert one.confidence is None or one.low - 1e-6 <= one.confidence <= one.high + 1e-6


def test_calibration_agrees_with_torchmetrics() -> None:
    from tapetum.models.torchvision_import import import_torchvision

    import_torchvision()
    from torchmetrics.functional.classification import multiclass_calibration_error

    shares = torch.softmax(2 * noise((200, 4)), 1)
    labels = torch.arange(200) % 4
    sure, said = shares.max(1)
    _, error = calibration(sure.numpy(), (said == labels).numpy(), 15)
    peer = multiclass_calibration_error(shares, labels, num_classes=4, n_bins=15, norm="l1")
    assert error == pytest.approx(float(peer), abs=1e-6)


# ---- a network whose answers are known ---------------------------------------------------------------------


class Reads(nn.Module):
    """Its logits are the first pixels of the picture's first row, times so much, in nats."""

    def __init__(self, outputs: int, strength: float = 8.0) -> None:
        super().__init__()
        self.outputs, self.strength = outputs, strength

    def forward(self, x: Tensor) -> Tensor:
        return self.strength * x[:, 0, 0, : self.outputs]


def reading(labels: list[str], outputs: int | None = None) -> Network:
    model = Reads(outputs or len(labels))
    return Network(model.eval(), Preparation(4, 4, channels=1), labels, name="reads", engine="torch")


def written(rows: list[list[int]], labels: list[int], classes: list[str]) -> PictureSet:
    """Pictures of 4 × 4 whose first pixels are these, 0 to 255."""
    pixels = np.zeros((len(rows), 4, 4), np.uint8)
    for place, row in enumerate(rows):
        pixels[place, 0, : len(row)] = row
    return in_memory("written", pixels, labels, classes)


ANSWERS = [[255, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 255, 0], [255, 0, 0]]


def test_every_number_of_a_known_network() -> None:
    data = written(ANSWERS, [0, 1, 1, 0, 1, 0], ["a", "b"])
    found = scores(reading(["b", "a", "c"]), data)
    # It says b, b, a, c, a, b where the pictures are a, b, b, a, b, a.
    assert (found.correct, found.pictures, found.accuracy) == (1, 6, 1 / 6)
    assert found.matrix().tolist() == [[0, 2, 1], [2, 1, 0]]
    assert [(one.actual, one.said, one.count) for one in found.confusions] == [
        ("b", "a", 2),
        ("a", "b", 2),
        ("b", "b", 1),
        ("a", "c", 1),
    ]
    first, second = found.classes
    assert (first.label, first.index, first.pictures, first.precision, first.recall) == ("a", 1, 3, 0.0, 0.0)
    assert (second.precision, second.recall, second.f) == (1 / 3, 1 / 3, 1 / 3)
    assert found.base_rate == 0.5
    assert found.macro_f == pytest.approx(1 / 6)
    assert found.interval == pytest.approx(oracle.wilson(1, 6))
    sure = float(torch.softmax(torch.tensor([8.0, 0.0, 0.0]), 0)[0])
    assert found.confidence == pytest.approx(sure, abs=1e-6)
    assert found.calibration_error == pytest.approx(sure - 1 / 6, abs=1e-6)
    of_b = [row[0] == 255 for row in ANSWERS]
    assert found.classes[1].roc is not None
    assert found.classes[1].roc.area == pytest.approx(
        oracle.area([False, True, True, False, True, False], of_b)
    )


def test_one_logit_is_two_classes() -> None:
    data = written([[255], [0], [255]], [1, 0, 0], ["no", "yes"])
    model = nn.Sequential(Reads(1, 1.0), Minus(0.5))
    network = Network(model.eval(), Preparation(4, 4, channels=1), ["no", "yes"], engine="torch")
    found = scores(network, data)
    assert found.matrix().tolist() == [[1, 1, 0], [0, 1, 0]]
    assert found.positive is not None
    assert found.positive.label == "yes"
    assert (
        "False positives, “no” called “yes”: 1. False negatives, “yes” called “no”: 0."
        in found.sentences()[1]
    )
    assert found.confidence == pytest.approx(1 / (1 + np.exp(-0.5)), abs=1e-6)


class Minus(nn.Module):
    def __init__(self, much: float) -> None:
        super().__init__()
        self.much = much

    def forward(self, x: Tensor) -> Tensor:
        return x - self.much


def test_many_batches_are_as_one_and_the_model_is_untouched() -> None:
    digits = load_digits()
    pixels = (digits.images[:70] * 15).astype(np.uint8)
    data = in_memory("digits", pixels, digits.target[:70], [str(n) for n in range(10)])
    model = seeded(Plain(channels=1, classes=10), 2)
    network = Network(model, Preparation(16, 16, channels=1), list(data.classes), engine="torch")
    with untouched(model):
        found = answers_of(network, data, range(10))
    logits = network(network.prepare([picture for picture, _ in data])).double()
    assert found.said.tolist() == logits.argmax(1).tolist()
    assert np.abs(found.chances - torch.softmax(logits, 1).T.numpy()).max() < 1e-5
    assert np.abs(found.confidence - torch.softmax(logits, 1).max(1).values.numpy()).max() < 1e-5
    assert found.places.tolist() == list(range(70))


# ---- labels ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "indices", "note"),
    [
        (["Cat", "dog"], (1, 0), None),
        (["a big dog", "CAT", "dog"], (2, 1), None),
        (["x", "y"], (0, 1), "matched by index: dog is x, cat is y"),
    ],
)
def test_classes_are_matched_by_name_else_by_index(
    labels: list[str], indices: tuple[int, ...], note: str | None
) -> None:
    data = written([[0], [0]], [0, 1], ["dog", "cat"])
    found = matched(data, labels)
    assert found.indices == indices
    assert found.note == note or (note is not None and found.note is not None and note in found.note)


@pytest.mark.parametrize(
    ("classes", "labels", "words"),
    [
        (["dog", "unicorn"], ["dog", "cat"], "does not know 1 of 2 classes of written: 'unicorn'"),
        (["dgo", "cta"], ["dog", "cat", "cow"], "does not know 2 of 2 classes.*nearest to 'dgo': dog"),
        (["dog", "crane"], ["dog", "crane", "Crane"], "'crane' of written is the label of .* classes 1, 2"),
    ],
)
def test_classes_that_cannot_be_matched(classes: list[str], labels: list[str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        matched(written([[0], [0]], [0, 1], classes), labels)


def test_one_class_only_is_refused() -> None:
    with pytest.raises(DataError, match="All 2 pictures of written are of one class, 'cat'"):
        matched(written([[0], [0]], [1, 1], ["dog", "cat"]), ["dog", "cat"])


def test_a_class_without_pictures_has_no_recall() -> None:
    data = written([[255], [0, 255]], [0, 1], ["a", "b", "c"])
    found = scores(reading(["a", "b", "c"]), data)
    assert (found.classes[2].recall, found.classes[2].precision, found.classes[2].roc) == (None, None, None)
    assert found.macro_f == 1.0
    assert found.table()[1][2] == ("c", "0", "–", "–", "–", "–")
    assert found.sentences()[1] == "It confuses nothing."


# ---- what is wrong with pictures, or with answers ----------------------------------------------------------


def damaged(data: PictureSet, *places: int) -> PictureSet:
    def fetch(place: int) -> Picture:
        if place in places:
            raise PictureError(f"picture {place} is truncated. Get it anew.")
        return data.fetch(place)

    return replace(data, fetch=fetch)


DATA = written(ANSWERS, [1, 0, 0, 1, 0, 1], ["a", "b"])


def test_pictures_that_cannot_be_read_are_left_out_and_counted() -> None:
    found = scores(reading(["a", "b", "c"]), damaged(DATA, 1, 4))
    assert (found.pictures, [one.name for one in found.skipped]) == (4, ["picture 1", "picture 4"])
    assert any(
        "Left out of all numbers: 2 pictures that could not be read" in words for words in found.sentences()
    )
    with pytest.raises(PictureError, match="picture 1 is truncated"):
        scores(reading(["a", "b", "c"]), damaged(DATA, 1, 4), strict=True)
    with pytest.raises(PictureError, match="None of the 6 pictures of written can be read"):
        scores(reading(["a", "b", "c"]), damaged(DATA, *range(6)))


class Overflows(nn.Module):
    """NaN or infinity for pictures whose third pixel is above 50."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 0, 0, :2] / (1 - (x[:, 0, 0, 2:3] > 50).float())


def test_answers_that_are_no_numbers_are_told() -> None:
    preparation = Preparation(4, 4, channels=1, std=(0.01,))
    network = Network(Overflows().eval(), preparation, ["a", "b"], engine="torch")
    found = scores(network, DATA)
    assert (found.pictures, found.unanswered) == (5, (3,))
    assert any(
        "1 picture for which the network answers NaN or infinity, the first at place 3" in words
        for words in found.sentences()
    )
    with pytest.raises(NonFiniteError, match="for all 2 pictures of written"):
        scores(network, written([[0, 0, 255], [0, 0, 255]], [0, 1], ["a", "b"]))


def test_a_sigmoid_at_the_end_is_a_probability() -> None:
    model = seeded(OneLogit(sigmoid=True), 1)
    network = Network(model, Preparation(16, 16), ["no", "yes"], engine="torch")
    pixels = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 3)).astype(np.uint8)
    data = in_memory("noise", pixels, [0, 1, 0, 1, 0, 1, 0, 1, 0], ["no", "yes"])
    found = answers_of(network, data, (0, 1))
    with torch.no_grad():
        wanted = model(network.prepare([picture for picture, _ in data]))[:, 0]
    assert np.abs(found.chances[1] - wanted.numpy()).max() < 1e-6
    assert np.abs(found.chances.sum(0) - 1).max() < 1e-6
