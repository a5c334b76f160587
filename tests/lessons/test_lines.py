"""The lesson of lines: what it promises is measured."""

import io

import numpy as np
import pytest
from PIL import Image

from tapetum.lessons import lesson
from tapetum.results import Story


@pytest.fixture(scope="module")
def story() -> Story:
    return lesson("lines")


def test_kernels_become_edge_detectors(story: Story) -> None:
    numbers = story.numbers
    assert numbers["test_accuracy"] >= 0.99
    for which in ("first", "second"):
        assert numbers[f"{which}_after"] - numbers[f"{which}_before"] >= 0.15
        assert numbers[f"{which}_after"] >= 0.63
    assert numbers["vertical_over_horizontal"] >= 3
    assert numbers["horizontal_over_vertical"] >= 3


def test_sentences_quote_the_numbers(story: Story) -> None:
    text = " ".join(words for part in story.parts for words in part.sentences)
    for name in ("first_before", "first_after", "second_before", "second_after"):
        assert f"{story.numbers[name]:.2f}" in text
    for name in ("vertical_over_horizontal", "horizontal_over_vertical"):
        assert f"{story.numbers[name]:.1f} times" in text


def test_the_page_has_the_film_and_the_pictures(story: Story) -> None:
    figures = [figure for part in story.parts for figure in part.figures]
    assert [figure.kind for figure in figures] == ["png", "gif", "png", "png"]
    film = Image.open(io.BytesIO(figures[1].data))
    assert film.n_frames == 13
    for figure in figures:
        assert np.asarray(Image.open(io.BytesIO(figure.data)).convert("RGB")).std() > 8
