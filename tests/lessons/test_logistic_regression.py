"""Lesson: the weights of a logistic regression as a picture."""

import pytest

from tapetum.lessons import lesson
from tapetum.results import Story


@pytest.fixture(scope="module")
def story() -> Story:
    return lesson("logistic-regression")


def test_the_weights_have_the_signs_of_the_labels(story: Story) -> None:
    # Class 1 is bright in the lower left, so weights there are positive. The article sketches the opposite.
    assert story.numbers["corners_lower_left"] > 1
    assert story.numbers["corners_upper_right"] < -1
    assert story.numbers["corners_accuracy"] >= 0.99
    assert story.numbers["corners_turned_accuracy"] <= 0.01


def test_zeros_are_a_ring_and_ones_a_stem(story: Story) -> None:
    assert story.numbers["digits_accuracy"] >= 0.99
    assert story.numbers["ring_weight"] < -0.2
    assert story.numbers["stem_weight"] > 0.5
    assert abs(story.numbers["shared_weight"]) < 0.3


def test_contributions_sum_to_the_logit_and_every_method_gives_them(story: Story) -> None:
    assert abs(story.numbers["sum_of_contributions"] - story.numbers["logit"]) < 1e-4
    assert story.numbers["gradient_times_input_difference"] < 1e-5
    assert story.numbers["largest_difference"] < 1e-5


def test_every_part_is_told_and_drawn(story: Story) -> None:
    assert [part.heading for part in story.parts] == [
        "Two corners",
        "Zeros and ones",
        "One digit, pixel by pixel",
    ]
    assert all(part.figures and part.figures[0].alt for part in story.parts)
    assert f"{story.numbers['corners_lower_left']:+.2f}" in " ".join(story.parts[0].sentences)


def test_another_seed_draws_other_pictures_and_learns_the_same(story: Story) -> None:
    other = lesson("logistic-regression", seed=5)
    assert other.numbers["corners_lower_left"] != story.numbers["corners_lower_left"]
    assert other.numbers["corners_lower_left"] > 1 > -1 > other.numbers["corners_upper_right"]
    assert other.numbers["digits_accuracy"] >= 0.97
    assert other.numbers["largest_difference"] < 1e-5
