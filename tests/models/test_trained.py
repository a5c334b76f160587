"""Folders that training wrote: read back exactly, and refused where they are damaged or hostile."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

import tapetum
from tapetum.errors import ModelError
from tapetum.learning import in_memory, lines
from tapetum.pictures import sample


@pytest.fixture(scope="module")
def training() -> tapetum.Training:
    return tapetum.train(lines(20, size=20, thickness=(1, 3)), "lenet", epochs=1)


@pytest.fixture
def folder(training: tapetum.Training, tmp_path: Path) -> Path:
    return training.save(tmp_path / "net")


def test_what_is_read_back_is_the_network(training: tapetum.Training, folder: Path) -> None:
    for source in (folder, str(folder), folder / "card.json"):
        net = tapetum.load(source)
        batch = net.prepare([sample("cat"), sample("rocket")])
        assert torch.equal(net(batch), training.network(batch))
        assert net.fingerprint == training.network.fingerprint
        assert (net.name, net.labels) == ("net", ("horizontal", "vertical"))
        assert net.preparation == training.network.preparation
        assert net.source == training.network.source
        assert net.source.startswith("lenet, trained on lines (")
    assert sorted(place.name for place in folder.iterdir()) == [
        "card.json",
        "training.html",
        "weights.safetensors",
    ]
    assert tapetum.load(folder, labels=["a", "b"], name="mine").labels == ("a", "b")


def test_loading_runs_no_code_and_needs_no_trust(folder: Path) -> None:
    kept = safetensors.torch.load_file(folder / "weights.safetensors")
    card = json.loads((folder / "card.json").read_text())
    assert set(kept) == {f"{layer}.{kind}" for layer in CONVOLUTIONS for kind in ("weight", "bias")}
    assert card["architecture"] == "lenet"


CONVOLUTIONS = ("conv1", "conv2", "dense1", "dense2", "dense3")


def at(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(card: dict[str, Any]) -> None:
        for key in path[:-1]:
            card = card[key]
        if value is None:
            del card[path[-1]]
        else:
            card[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (at("schema", value="other/1"), "is not the card of a network"),
        (at("architecture", value=None), "lacks 'architecture'"),
        (at("architecture", value="os:system"), "names the architecture 'os:system', which is none"),
        (at("architecture", value="timm:resnet81"), "no classifier called 'resnet81'"),
        (at("architecture", value=["lenet"]), "architecture is no text"),
        (at("architecture", value="article-2"), "do not fit article-2"),
        (at("classes", value=["one"]), "no list of at least two names"),
        (at("classes", value=["a", 3]), "a class is no text"),
        (at("classes", value=["a"] * 3), "do not fit lenet: 2 of another shape: dense3.weight"),
        (at("classes", value=["a"] * 99_999), "do not fit lenet"),
        (at("preparation", value=7), "preparation is no object"),
        (at("preparation", "rows", value=4096), "do not fit lenet"),
        (at("preparation", "rows", value=10**12), "rows is no whole number from 1 to 4096"),
        (at("preparation", "channels", value=3), "mean has 1 values|do not fit"),
        (at("preparation", "channels", value=7), "reads 7 channels"),
        (at("preparation", "mean", value=["0"]), "mean is no number"),
        (at("preparation", "std", value=[0.0]), "Give positive numbers"),
        (at("preparation", "mean", value=[1.0, 2.0]), "mean has 2 values"),
        (at("preparation", "interpolation", value="magic"), "interpolation is none that is known"),
        (at("preparation", "crop", value=True), "crop is no number"),
        (at("weights", value="0" * 32), "not those that its card tells of"),
        (at("data", value=None), "lacks 'data'"),
    ],
)
def test_a_card_that_is_wrong_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    card = json.loads((folder / "card.json").read_text())
    change(card)
    (folder / "card.json").write_text(json.dumps(card))
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=words):
            tapetum.load(folder)
        assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no JSON text"),
        ("[" * 100_000, "is no JSON text"),
        ("[]", "is not the card"),
        ('{"schema": NaN}', "is no JSON text"),
        (b"\xff\xfe", "is no JSON text"),
        (" " * (17 * 2**20), "larger than 16 MiB"),
    ],
)
def test_a_card_that_is_no_card_is_refused(folder: Path, text: str | bytes, words: str) -> None:
    (folder / "card.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelError, match=words):
        tapetum.load(folder)


def test_files_that_are_missing_or_others(folder: Path, tmp_path: Path) -> None:
    weights = folder / "weights.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-4] + b"\0\0\0\0")
    with pytest.raises(ModelError, match="not those that its card tells of"):
        tapetum.load(folder)
    weights.unlink()
    with pytest.raises(ModelError, match="There is no weights file"):
        tapetum.load(folder)
    weights.mkdir()
    with pytest.raises(ModelError, match="is no ordinary file"):
        tapetum.load(folder)
    (folder / "card.json").unlink()
    with pytest.raises(ModelError, match=r"has no card\.json"):
        tapetum.load(folder)
    with pytest.raises(ModelError, match=r"has no card\.json"):
        tapetum.load(tmp_path / "gone" / "card.json")
    with pytest.raises(ModelError, match="belongs to a weights file"):
        tapetum.load(folder, architecture="lite0")


def test_names_of_classes_and_data_cannot_steer_a_terminal(tmp_path: Path) -> None:
    data = in_memory(
        "\x1b[31mred\n",
        lines(10, size=20).labels[:, None, None].astype("uint8").repeat(20, 1).repeat(20, 2) * 255,
        lines(10, size=20).labels,
        ["<img src=x>", "</script>\u2028"],
    )
    found = tapetum.train(data, "lenet", epochs=1)
    folder = found.save(tmp_path / "hostile")
    page = (folder / "training.html").read_text("utf-8")
    assert "<img src=x>" not in page
    assert "\x1b" not in page + repr(found) + "".join(found.sentences())
    net = tapetum.load(folder)
    assert "\x1b" not in net.source + net.name
    assert net.labels[0] == "<img src=x>"
