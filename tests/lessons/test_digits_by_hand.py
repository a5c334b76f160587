"""Lesson: a network that a person wrote down."""

import pytest

import tapetum
from tapetum.lessons import lesson
from tapetum.results import Story


@pytest.fixture(scope="module")
def story() -> Story:
    return lesson("digits-by-hand")


def test_it_recognises_ones_and_twos_that_it_was_not_drawn_after(story: Story) -> None:
    assert story.numbers["accuracy"] >= 0.98
    assert story.numbers["accuracy_of_both_halves"] >= 0.98
    assert story.numbers["accuracy"] > story.numbers["accuracy_of_plain_sums"] >= 0.9


def test_the_articles_own_vectors_summed_call_its_two_a_one(story: Story) -> None:
    numbers = story.numbers
    assert (numbers["article_1_sum_1"], numbers["article_1_sum_2"]) == (19, 14)
    assert (numbers["article_2_sum_1"], numbers["article_2_sum_2"]) == (16, 15)
    assert numbers["article_1_logit"] < 0 < numbers["article_2_logit"]
    assert numbers["article_weights"] == 3
    table = story.parts[3].tables[0]
    assert [row[-1] for row in table.rows[:2]] == ["1", "1"]
    assert list(table.rows[1]) == ["the article's 2", "2 + 4 + 3 + 3 + 4 = 16", "4 + 0 + 3 + 4 + 4 = 15", "1"]


def test_the_weights_of_the_file_are_those_that_are_fitted(story: Story) -> None:
    assert story.numbers["weights_differ_by"] <= 0.0051


def test_every_part_but_the_last_has_a_figure(story: Story) -> None:
    assert len(story.parts) == 7
    assert [len(part.figures) > 0 for part in story.parts] == [True] * 6 + [False]
    assert f"{100 * story.numbers['accuracy']:.1f} %" in " ".join(story.parts[4].sentences)


def test_the_seed_chooses_the_digits_that_are_followed(story: Story) -> None:
    other = lesson("digits-by-hand", seed=3)
    assert other.parts[1].figures[0].data != story.parts[1].figures[0].data
    assert other.numbers == story.numbers


def test_the_verdict_can_be_read() -> None:
    first, second = tapetum.design().weights
    assert max(first) <= 0 < min(second)
