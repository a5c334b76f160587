"""The lesson on convolution: what it says is what was measured."""

import io

import pytest
from PIL import Image

from tapetum.lessons import lesson


@pytest.fixture(scope="module")
def story():
    return lesson("convolution-by-hand")


def test_the_numbers_are_the_articles(story):
    numbers = dict(story.numbers)
    assert {name: numbers[name] for name in ("peak", "peaks", "pooled", "pooled_rows")} == {
        "peak": 5,
        "peaks": 2,
        "pooled": 5,
        "pooled_rows": 2,
    }
    assert numbers["receptive_field"] == 8
    assert (numbers["valid_outputs"], numbers["same_outputs"]) == (9, 25)
    assert numbers["stride_rows"] == 6
    assert numbers["kernels_apart"] == 0
    assert (numbers["maps"], numbers["map_rows"]) == (4, 7)
    assert (numbers["matrix_weights"], numbers["matrix_places"], numbers["matrix_dense"]) == (9, 36, 64)
    assert numbers["matrix_difference"] <= 1e-12
    assert (numbers["dense_25_to_9"], numbers["shared_25_to_9"]) == (225, 9)
    assert numbers["dense_photograph"] == 11_329_339_392
    assert numbers["resnet50"] == 25_557_032
    assert numbers["even_surface"] == 0
    assert numbers["torch_difference"] <= 1e-12
    assert numbers["results"] > 200_000


def test_edges_of_the_seven_lie_on_either_side_of_its_strokes(story):
    numbers = story.numbers
    assert (numbers["upper_edge_row"], numbers["lower_edge_row"]) == (7, 8)
    assert 2 < numbers["right_edge_column"] - numbers["left_edge_column"] < 7


def test_the_x_is_found_moved_and_turned_and_a_plus_is_not(story):
    numbers = story.numbers
    assert numbers["x_parts"] == numbers["x_moved"] == 9
    assert (numbers["x_moved_rows"], numbers["x_moved_columns"]) == (1, -2)
    assert numbers["x_turned"] == 7
    assert numbers["x_plus"] == 3


def test_only_the_convolutional_network_knows_the_pattern_elsewhere(story):
    numbers = story.numbers
    assert min(numbers["dense_seen"], numbers["convolutional_seen"]) >= 0.97
    assert numbers["convolutional_elsewhere"] >= 0.95
    assert numbers["dense_elsewhere"] <= 0.7


def test_it_tells_and_shows(story):
    assert len(story.parts) == 12
    words = " ".join(sentence for part in story.parts for sentence in part.sentences)
    for told in (
        "row 3, column 2 and row 4, column 3",
        "8 × 8 pixels",
        "11,329,339,392",
        "25,557,032",
        "6 × 6",
    ):
        assert told in words
    assert max(len(sentence) for part in story.parts for sentence in part.sentences) <= 400
    figures = [figure for part in story.parts for figure in part.figures]
    films = [figure for figure in figures if figure.kind == "gif"]
    assert len(films) == 7
    assert max(len(figure.data) for figure in films) < 400_000
    assert all(figure.alt for figure in figures)
    for figure in films:
        with Image.open(io.BytesIO(figure.data)) as film:
            assert film.n_frames >= 5
