"""`evaluate`: mistakes with their maps, and what it shows and writes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from small_networks import NoPlaces, Plain, seeded
from untouched import untouched

import tapetum
from tapetum.errors import DataError, MethodError, OutputError
from tapetum.learning import PictureSet, in_memory
from tapetum.network import Network, Preparation
from tapetum.results import Scores
from tapetum.results.scores_drawing import confusion_picture, reliability_picture, roc_picture

HOSTILE = "<img src=x onerror=alert(1)>"


def pictures(classes: list[str], count: int = 5) -> PictureSet:
    pixels = np.random.default_rng(3).integers(0, 256, (count * len(classes), 16, 16, 3)).astype(np.uint8)
    return in_memory("noise", pixels, np.repeat(range(len(classes)), count), classes)


@pytest.fixture(scope="module")
def found() -> Scores:
    network = Network(seeded(Plain(classes=3), 1), Preparation(16, 16), [HOSTILE, "b", "c"], engine="torch")
    return tapetum.evaluate(network, pictures([HOSTILE, "b", "c"]), shown=2)


def test_mistakes_are_the_surest_with_their_gradcam() -> None:
    model = seeded(Plain(classes=3), 1)
    network = Network(model, Preparation(16, 16), ["a", "b", "c"], engine="torch")
    data = pictures(["a", "b", "c"])
    with untouched(model):
        scores = tapetum.evaluate(network, data, shown=2)
    assert scores.mistakes
    chances = torch.softmax(network(network.prepare([picture for picture, _ in data])), 1)
    for confusion in scores.wrong():
        shown = [one for one in scores.mistakes if one.indices == confusion.indices]
        assert len(shown) == min(2, confusion.count)
        actual, said = confusion.indices
        wrong = [
            float(chances[place, said])
            for place in range(len(data))
            if data.labels[place] == actual and int(chances[place].argmax()) == said
        ]
        assert [one.probability for one in shown] == pytest.approx(sorted(wrong, reverse=True)[:2], abs=1e-5)
    first = scores.mistakes[0]
    assert data.labels[first.place] == first.indices[0]
    assert np.array_equal(np.asarray(first.seen), data.fetch(first.place).pixels)
    map_ = tapetum.gradcam(network, data.fetch(first.place), first.indices[1])
    assert np.abs(np.asarray(first.map).astype(int) - np.asarray(map_.draw())).max() <= 1
    assert (first.method, first.sentence) == ("Grad-CAM", map_.sentences()[0])


def test_a_network_without_places_is_explained_by_saliency() -> None:
    network = Network(seeded(NoPlaces(), 1), Preparation(8, 8), ["a", "b", "c"], engine="torch")
    scores = tapetum.evaluate(network, pictures(["a", "b", "c"]))
    assert {one.method for one in scores.mistakes} == {"Saliency"}
    assert not tapetum.evaluate(network, pictures(["a", "b", "c"]), shown=0).mistakes


def test_it_shows_itself(found: Scores, tmp_path: Path) -> None:
    for suffix in (".html", ".png", ".json"):
        assert found.save(tmp_path / f"scores{suffix}").stat().st_size > 500
    page = (tmp_path / "scores.html").read_text()
    assert "<img src=x" not in page
    assert "<script" not in page
    assert "&lt;img src=x" in page
    assert found._repr_html_().startswith("<iframe")
    facts = json.loads((tmp_path / "scores.json").read_text())
    assert facts["accuracy"] == found.correct / found.pictures
    assert sum(one["count"] for one in facts["confusions"]) == found.pictures
    with Image.open(tmp_path / "scores.png") as image:
        assert image.size == confusion_picture(found).size
    with pytest.raises(OutputError, match=r"\.html, \.png or \.json"):
        found.save(tmp_path / "scores.pdf")


def test_pictures_of_many_classes_and_of_none_right() -> None:
    names = [f"class number {n}" for n in range(40)]
    network = Network(seeded(Plain(classes=40), 1), Preparation(16, 16), names, engine="torch")
    scores = tapetum.evaluate(network, pictures(names, 2), shown=0)
    assert max(confusion_picture(scores).size) < 1400
    assert reliability_picture(scores).size[0] > 300
    assert roc_picture(scores) is not None
    assert len(scores.table()[1]) == 40
    assert "Its most frequent mistake" in scores.sentences()[1]


def test_a_part_is_that_of_a_training() -> None:
    names = [str(digit) for digit in range(10)]
    network = Network(
        seeded(Plain(channels=1, classes=10), 1), Preparation(8, 8, channels=1), names, engine="torch"
    )
    trained = tapetum.train("digits", epochs=1, seed=4)
    found = tapetum.evaluate(network, "digits", part="test", seed=4, shown=0)
    assert tuple(one.pictures for one in found.classes) == trained.data.test
    own = tapetum.evaluate(trained.network, "digits", part="test", seed=4, shown=0)
    assert own.accuracy == pytest.approx(trained.scores["accuracy"])
    assert tapetum.evaluate(network, "digits", shown=0).pictures == 1797
    with pytest.raises(DataError, match="no part 'tset'"):
        tapetum.evaluate(network, "digits", part="tset")


def test_what_is_refused() -> None:
    network = Network(seeded(Plain(classes=3), 1), Preparation(16, 16), ["a", "b", "c"], engine="torch")
    with pytest.raises(MethodError, match="evaluate:shown is -1"):
        tapetum.evaluate(network, pictures(["a", "b", "c"]), shown=-1)
    with pytest.raises(DataError, match="no data 'nothing'"):
        tapetum.evaluate(network, "nothing")


def test_pictures_that_it_was_trained_on_are_told(tmp_path: Path) -> None:
    tapetum.train(pictures(["a", "b"], 20), "lenet", epochs=1).save(tmp_path / "net")
    network = tapetum.load(tmp_path / "net")
    (note,) = tapetum.evaluate(network, pictures(["a", "b"], 20), shown=0).notes
    assert "trained on some of these pictures" in note
    assert tapetum.evaluate(network, pictures(["a", "b"], 20), part="test", shown=0).notes == ()
