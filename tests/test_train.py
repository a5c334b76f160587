"""Training from what a person names to a network that can be asked."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import safetensors.torch
import torch

import tapetum
from tapetum.errors import DataError, ModelError
from tapetum.learning import Augmentation, digits, faces, lines, open_data, split
from tapetum.models.fine_tune import to_fine_tune
from tapetum.models.options import Options

TINY = "timm:mobilenetv4_conv_small"


def lit(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Colour pictures whose left or right half is brighter."""
    chance = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    pixels = chance.integers(0, 120, (count, 20, 24, 3))
    for row, label in enumerate(labels):
        pixels[row, :, 12 * label : 12 * label + 12] += 100
    return pixels.astype(np.uint8), labels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pixels, labels = lit(24)
    for number, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
        place = tmp_path / "halves" / ("left", "right")[label] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        tapetum.open_picture(picture).save(place)
    (tmp_path / "halves" / "left" / "bad.png").write_bytes(b"")
    return tmp_path / "halves"


def test_lines_are_told_apart_in_seconds() -> None:
    found = tapetum.train("lines", epochs=3)
    assert found.scores["accuracy"] >= 0.99
    assert found.architecture == "article-2"
    assert (found.data.train, found.data.validation, found.data.test) == ((420, 420), (90, 90), (90, 90))
    assert found.data.fingerprint == lines().fingerprint
    assert found.seconds < 60
    net, data = found.network, open_data("lines")
    predictions = net.predict([data[0][0], data[700][0]])
    assert [one[0].label for one in predictions] == ["horizontal", "vertical"]
    assert tapetum.gradcam(net, data[0][0]).values.shape[0] == 1


def test_faces_are_told_from_other_things_with_one_logit() -> None:
    found = tapetum.train("faces", epochs=12, augment="flip,shift")
    assert found.scores["accuracy"] >= 0.9
    net = found.network
    assert net(net.prepare(faces()[0][0])).shape == (1, 1)
    assert net.predict(faces()[0][0])[0].label == "face"
    assert net.predict(faces()[199][0])[0].label == "no face"


def test_the_scores_are_those_of_the_network_that_is_returned() -> None:
    found = tapetum.train(digits([3, 8]), "lenet", epochs=4, seed=5)
    net = found.network
    _, _, test = split(digits([3, 8]), seed=5)
    logits = net(net.prepare([picture for picture, _ in test]))
    labels = torch.from_numpy(test.labels)
    assert found.scores["accuracy"] == float((logits.argmax(1) == labels).double().mean())
    assert found.scores["loss"] == pytest.approx(
        float(torch.nn.functional.cross_entropy(logits, labels)), rel=1e-5
    )


def test_a_file_with_a_test_part_is_tried_on_that(tmp_path: Path) -> None:
    place = tmp_path / "halves.h5"
    (x, y), (other_x, other_y) = lit(60), lit(10, seed=1)
    with h5py.File(place, "w") as file:
        file["train_set_x"], file["train_set_y"] = x, y[None]
        file["test_set_x"], file["test_set_y"] = other_x, other_y[None]
        file["list_classes"] = np.array([b"left", b"right"])
    found = tapetum.train(place, epochs=8)
    assert found.architecture == "article-3"
    assert (found.data.train, found.data.validation, found.data.test) == ((26, 26), (4, 4), (5, 5))
    assert found.data.name == "halves.h5"
    assert "train_set_x (60, 20, 24, 3) uint8" in found.data.notes[0]
    assert found.network.input_shape == (3, 20, 24)
    assert found.scores["accuracy"] == 1.0
    with h5py.File(tmp_path / "test.h5", "w") as file:
        file["test_set_x"], file["test_set_y"] = other_x, other_y
    with pytest.raises(DataError, match="no part for training, only test"):
        tapetum.train(tmp_path / "test.h5")


@pytest.mark.parametrize("change", ["head", "all"])
def test_a_folder_trains_the_last_layer_or_all_of_a_large_network(folder: Path, change: str) -> None:
    def trained() -> tapetum.Training:
        return tapetum.train(folder, TINY, change=change, pretrained=False, size=32, epochs=2, batch=8)

    found = trained()
    assert [one.name for one in found.data.skipped] == ["left/bad.png"]
    assert found.options["change"] == change
    assert found.network.input_shape == (3, 32, 32)
    assert found.classes == ("left", "right")
    place = found.save(folder.parent / "net")
    net = tapetum.load(place)
    batch = net.prepare(folder / "left" / "0.png")
    assert torch.equal(net(batch), found.network(batch))
    assert trained().weights == found.weights
    start = to_fine_tune(TINY, 2, pretrained=False, options=Options(size=(32, 32))).module.state_dict()
    kept = safetensors.torch.load(found.weights)
    changed = {name for name, value in kept.items() if not torch.equal(value, start[name])}
    assert changed == (set(start) if change == "all" else {"classifier.weight", "classifier.bias"})


def test_what_it_says_and_shows(folder: Path, tmp_path: Path) -> None:
    found = tapetum.train(
        folder, "lenet", size=(16, 20), epochs=2, augment=Augmentation(flip=0.5), patience=None
    )
    words = " ".join(found.sentences())
    for part in ("lenet learnt to tell left and right apart from 16 pictures of halves: 2 epochs", "bad.png"):
        assert part in words
    assert found.options["augmentation"]["flip"] == 0.5
    assert found.curve().size == (1080, 340)
    for name in ("page.html", "curve.png", "card.json"):
        assert found.save(tmp_path / name).stat().st_size > 1000
    assert found._repr_html_().startswith("<iframe")
    assert "Training(lenet on halves, 2 epochs" in repr(found)


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"architecture": "lenet-9"}, ModelError, "'lenet-9' cannot be trained here. Choose article-2"),
        ({"architecture": "timm:resnet81"}, ModelError, "The nearest are: timm:"),
        ({"architecture": "lenet", "change": "head"}, ModelError, "lenet starts with random weights"),
        ({"architecture": "lenet", "pretrained": False}, ModelError, "lenet starts with random weights"),
        ({"architecture": "lite0", "change": "some"}, ModelError, "'some' cannot be chosen"),
        ({"architecture": "article-2", "size": 8}, ModelError, "too small for article-2"),
        ({"augment": "mirror"}, DataError, "no augmentation 'mirror'"),
        ({"strict": True}, DataError, "1 of 25 files of .*halves cannot be read: left/bad.png"),
        ({"keys": ("a", "b")}, DataError, "Keys belong to"),
        ({"architecture": "lenet", "epochs": 0}, DataError, "epochs is 0"),
        ({"architecture": "lenet", "learning_rate": 0.0}, DataError, "learning rate is 0"),
    ],
)
def test_what_cannot_be_trained(
    folder: Path, options: dict[str, object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        tapetum.train(folder, **options)


def test_a_class_that_is_too_small_for_three_parts(tmp_path: Path) -> None:
    pixels, labels = lit(24)
    np.savez(tmp_path / "few.npz", x=pixels, y=np.where(np.arange(24) < 2, 0, labels + 1))
    with pytest.raises(DataError, match=r"Class '0' of few\.npz has 2 pictures, too few for 3 parts"):
        tapetum.train(tmp_path / "few.npz")


def test_libraries_that_are_missing_are_named_with_their_extra(tmp_path: Path) -> None:
    look = (
        "import sys; sys.modules['lightning'] = sys.modules['h5py'] = None; import tapetum\n"
        "for data in ('digits', 'x.h5'):\n"
        "    try: tapetum.train(data)\n"
        "    except tapetum.TapetumError as error: print(error.kind, error)\n"
    )
    (tmp_path / "x.h5").write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    training, reading = done.stdout.splitlines()
    assert training.startswith("model Training needs Lightning")
    assert reading.startswith("data HDF5 files need h5py")
    assert done.stdout.count('pip install "tapetum[learn]"') == 2
