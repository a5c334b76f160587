"""Keras files, names and mistakes: what is loaded, what is refused, and in which words."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import torch
from keras_models import CLASSES, article_3, batch, drawn, own

import tapetum
from tapetum.cli import main
from tapetum.errors import DownloadError, ModelError, TrustError
from tapetum.models import load
from tapetum.models.keras_import import application_names
from tapetum.models.keras_source import scaling_of
from tapetum.models.keras_state import names_from_the_start
from tapetum.models.listing import list_models
from tapetum.results import Prediction

# Keras hands its variables to NumPy in a way that NumPy 2 finds old when models are saved.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)
LEGACY = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


def small(*more: Any) -> Any:
    """A classifier of 12×12 pixels."""
    return drawn(
        keras.Sequential(
            [
                keras.Input((12, 12, 3)),
                keras.layers.Conv2D(4, 3, name="seen"),
                *more,
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(CLASSES, activation="softmax", name="verdict"),
            ]
        )
    )


def coded() -> Any:
    return small(keras.layers.Lambda(lambda x: x * 2.0, name="twice"))


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    """Saves a model under a name; returns where."""

    def save(model: Any, name: str) -> Path:
        path = tmp_path / name
        model.save(path)
        return path

    return save


@pytest.mark.parametrize("name", ["face.keras", pytest.param("face.h5", marks=LEGACY)])
def test_a_saved_model_is_loaded_whole(saved, name):
    model = small()
    path = saved(model, name)
    network = load(path, labels=[f"class {i}" for i in range(CLASSES)])
    assert network.name == "face"
    assert network.source.endswith(f"model file {name}")
    assert (network.probabilities(network(batch(12))) - own(model, batch(12))).abs().max() < 1e-5
    assert network.layer("seen").module == "Conv2D"


@pytest.mark.parametrize("name", ["code.keras", pytest.param("code.h5", marks=LEGACY)])
def test_a_lambda_layer_is_code(saved, name):
    model = coded()
    path = saved(model, name)
    with pytest.raises(TrustError, match=r"has a layer that is code \(Lambda\)\. .* trust_code=True"):
        load(path)
    network = load(path, trust_code=True)
    assert (network.probabilities(network(batch(12))) - own(model, batch(12))).abs().max() < 1e-5


def test_a_lambda_layer_in_the_callers_hands_needs_no_trust():
    model = coded()
    network = load(model)
    assert (network.probabilities(network(batch(12))) - own(model, batch(12))).abs().max() < 1e-5


def test_damaged_files(saved, tmp_path):
    whole = saved(small(), "whole.keras").read_bytes()
    cut = tmp_path / "cut.keras"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"cut.keras is damaged or cannot be read"):
        load(cut)
    spoilt = tmp_path / "spoilt.keras"
    middle = whole.index(b"\x89HDF") + 2000
    spoilt.write_bytes(whole[:middle] + bytes(2000) + whole[middle + 2000 :])
    with pytest.raises(ModelError, match=r"Keras cannot load spoilt.keras"):
        load(spoilt)
    words = tmp_path / "words.keras"
    words.write_bytes(b"<html>not found</html>")
    with pytest.raises(ModelError, match=r"words.keras is no weights file"):
        load(words)
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
    with pytest.raises(ModelError, match=r"broken.h5 is damaged"):
        load(broken)
    empty = tmp_path / "empty.h5"
    empty.write_bytes(b"")
    with pytest.raises(ModelError, match=r"empty.h5 is no weights file"):
        load(empty)


def test_files_that_hold_something_else(saved, tmp_path):
    weights = tmp_path / "face.weights.h5"
    small().save_weights(weights)
    with pytest.raises(ModelError, match="holds weights at most, and no description of a model"):
        load(weights)
    other = tmp_path / "face.model"
    other.write_bytes(saved(small(), "whole.keras").read_bytes())
    with pytest.raises(
        ModelError, match=r"face.model is a Keras model under another name. Name it model.keras"
    ):
        load(other)
    config = tmp_path / "config.h5"
    with h5py.File(config, "w") as file:
        file.attrs["model_config"] = "{not json"
    with pytest.raises(ModelError, match=r"config.h5 is damaged"):
        load(config)
    with pytest.raises(ModelError, match="belongs to a weights file"):
        load(saved(small(), "again.keras"), architecture="lite0")


def test_the_command_line_takes_keras_files(saved, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tapetum.sample("cat").image.save("cat.png")
    saved(small(), "face.keras")
    saved(coded(), "code.keras")
    assert ended("predict", "cat.png", "--model", "face.keras") == 0
    assert ended("predict", "cat.png", "--model", "code.keras", "--trust-code") == 0
    capsys.readouterr()
    assert ended("predict", "cat.png", "--model", "code.keras") == 2
    assert "a layer that is code (Lambda)" in capsys.readouterr().err
    Path("torn.keras").write_bytes(Path("face.keras").read_bytes()[:900])
    assert ended("predict", "cat.png", "--model", "torn.keras") == 2
    assert ended("layers", "--model", "keras:VGG17", "--random-weights") == 2
    assert "keras:VGG16" in capsys.readouterr().err


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    return int(end.value.code or 0)


def test_weights_that_cannot_be_fetched(no_network, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(DownloadError, match=r"The weights of keras:MobileNetV2 could not be fetched"):
        load("keras:MobileNetV2")


def test_names_are_those_of_a_fresh_program():
    """Keras numbers layers without a name; the caller's own numbers go on where they were."""
    before = keras.layers.Dropout(0.1).name
    names = []
    for _ in range(2):
        with names_from_the_start():
            names.append(keras.layers.Dropout(0.1).name)
    after = keras.layers.Dropout(0.1).name
    assert names == ["dropout", "dropout"]
    number = int(before.rpartition("_")[2]) if before != "dropout" else 0
    assert after == f"dropout_{number + 1}"


@pytest.mark.parametrize("name", application_names())
def test_pictures_are_prepared_as_keras_does(name):
    build = getattr(keras.applications, name)
    preprocess = sys.modules[build.__module__].preprocess_input
    scaling = scaling_of(preprocess)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3))
    wanted = preprocess(pixels.astype("float64")[None])[0]
    found = (pixels / 255 - scaling.mean) / scaling.std
    found = found[..., ::-1] if scaling.reverse else found
    assert np.abs(found - wanted).max() < 1e-4 * np.abs(wanted).max()
    prepared = tapetum.Preparation(5, 4, mean=scaling.mean, std=scaling.std)
    tensor = prepared.normalised(torch.from_numpy(pixels / 255).permute(2, 0, 1).float())
    tensor = tensor.flip(0) if scaling.reverse else tensor
    assert np.abs(tensor.permute(1, 2, 0).numpy() - wanted).max() < 1e-4


def test_the_kinds_of_preparation():
    of = {
        name: scaling_of(sys.modules[getattr(keras.applications, name).__module__].preprocess_input)
        for name in ("VGG16", "MobileNetV2", "DenseNet121", "EfficientNetB0")
    }
    assert of["VGG16"].reverse
    assert np.allclose(of["VGG16"].mean, np.array([123.68, 116.779, 103.939]) / 255)
    assert np.allclose(of["VGG16"].std, 1 / 255)
    assert of["MobileNetV2"] == ((0.5,) * 3, (0.5,) * 3, False)
    assert np.allclose(of["DenseNet121"].mean, [0.485, 0.456, 0.406])
    assert np.allclose(of["DenseNet121"].std, [0.229, 0.224, 0.225])
    assert np.allclose(of["EfficientNetB0"].std, 1 / 255)
    assert not of["EfficientNetB0"].reverse


def test_a_preparation_that_mixes_channels_is_refused():
    with pytest.raises(ModelError, match="prepares pictures in a way that Tapetum does not know"):
        scaling_of(lambda x, data_format: x @ np.ones((3, 3)))


def test_a_model_that_rescales_reads_whole_levels():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Rescaling(1 / 127.5, offset=-1),
            keras.layers.Conv2D(2, 3),
            keras.layers.Flatten(),
            keras.layers.Dense(CLASSES),
        ]
    )
    network = load(drawn(model))
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    wanted = model(pixels[None].astype("float32"), training=False)
    assert (network(network.prepare(pixels)) - wanted).abs().max() < 1e-5
    assert load(model, std=0.5).preparation.std == (0.5,)


def test_the_model_stays_untouched(tmp_path):
    model = article_3(16)
    model.get_layer("conv_b").trainable = False
    model.compile(optimizer="adam", loss="binary_crossentropy")
    before = snapshot(model)
    network = load(model, labels=["frown", "smile"], engine="torch")
    network.predict(tapetum.sample("cat"))
    tapetum.gradcam(network, tapetum.sample("cat"))
    tapetum.saliency(network, tapetum.sample("cat"))
    tapetum.lrp(network, tapetum.sample("cat"))
    tapetum.explain(network, tapetum.sample("cat"), methods=["gradcam"])
    assert snapshot(model) == before
    assert network.parameters == sum(w.value.numel() for w in model.weights if "moving" not in w.name)


def snapshot(model: Any) -> dict[str, Any]:
    """Everything of a model, and of the world around it, that its owner could notice."""
    seen: dict[str, Any] = {
        "torch": torch.get_rng_state().tolist(),
        "numpy": np.random.get_state()[1].tolist(),
        "backend": os.environ.get("KERAS_BACKEND"),
        "next name": keras.backend.get_uid("snapshot") - keras.backend.get_uid("snapshot"),
        "weights": [
            (
                id(v.value),
                v.value.data_ptr(),
                v.value._version,
                v.trainable,
                v.value.requires_grad,
                v.value.grad,
            )
            for v in model.weights
        ],
        "numbers": [v.value.detach().clone().flatten().tolist() for v in model.weights],
    }
    for layer in (model, *model.layers):
        seen[layer.name] = {key: id(value) for key, value in vars(layer).items()}
        seen[f"{layer.name}: mode"] = (layer.training, layer.trainable, layer.built)
    return seen


def test_what_cannot_be_explained():
    hooked = small()
    hooked.get_layer("seen").register_forward_hook(lambda *_: None)
    with pytest.raises(ModelError, match=r"The layer seen .* has torch hooks"):
        load(hooked)
    torch_inside = small(keras.layers.TorchModuleWrapper(torch.nn.Identity(), name="theirs"))
    with pytest.raises(ModelError, match=r"The layer theirs .* is a torch module"):
        load(torch_inside)
    left, right = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    two = keras.Model([left, right], keras.layers.Flatten()(keras.layers.add([left, right])))
    with pytest.raises(ModelError, match=r"has no weights yet|one batch of pictures"):
        load(two)
    row = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])
    with pytest.raises(ModelError, match="one batch of pictures"):
        load(row)
    with pytest.raises(ModelError, match="reads 3 channels, not 1"):
        load(small(), input_shape=(1, 12, 12))
    with pytest.raises(
        ModelError, match=r"Keras has no classifier called 'resnet51'. The nearest are: keras:ResNet"
    ):
        load("keras:resnet51", pretrained=False)
    with pytest.raises(ModelError, match=r"keras:VGG16 cannot be built"):
        load("keras:VGG16", pretrained=False, size=8)


def test_keras_models_are_listed():
    found = dict(list_models("keras:"))
    assert "keras:MobileNetV2" in found
    assert found["keras:MobileNetV2"] == "weights imagenet, fetched on first use"
    listed = {name.removeprefix("keras:") for name in found}
    assert listed == {name for name in dir(keras.applications) if name[0].isupper() and "NASNet" not in name}
    with pytest.raises(ModelError, match=r"Give keras:VGG19 or timm:vgg19 or torchvision:vgg19|keras:VGG19"):
        load("vgg19")


def without_keras(code: str, **environment: str) -> str:
    """What a fresh program says at its end."""
    keep = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**keep, **environment}, capture_output=True, text=True, check=False
    )
    return (done.stdout + done.stderr).strip()


def test_without_keras_the_error_names_the_extra():
    """`sys.modules` says of Keras what it says where Keras is not installed."""
    said = without_keras(
        "import sys; sys.modules['keras'] = None\n"
        "import tapetum\n"
        "try: tapetum.load('keras:VGG16')\n"
        "except tapetum.TapetumError as error: print(error.kind, error)"
    )
    assert said == 'model Keras is not installed. Install it: pip install "tapetum[keras]".'


def test_keras_on_another_backend_is_told_so():
    said = without_keras(
        "import keras, tapetum\n"
        "model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])\n"
        "try: tapetum.load(model)\n"
        "except tapetum.TapetumError as error: print(error.kind, error)",
        KERAS_BACKEND="openvino",
    )
    assert said == (
        "model Keras computes with openvino here, and Tapetum reads its models on torch only. "
        "Set KERAS_BACKEND=torch before keras is imported, and load the model again."
    )


def test_torch_is_chosen_where_nobody_chose(tmp_path):
    """And the choice stays between Keras and us: the variable is what it was."""
    small().save(tmp_path / "face.keras")
    said = without_keras(
        "import os, tapetum\n"
        f"network = tapetum.load({str(tmp_path / 'face.keras')!r})\n"
        "print(network, os.environ.get('KERAS_BACKEND'))"
    )
    assert said == f"Network('face', 3×12×12 → {CLASSES} classes) None"


def test_predictions_name_the_classes():
    network = load(small(), labels=[f"kind {i}" for i in range(CLASSES)])
    found = network.predict(tapetum.sample("cat"))
    assert isinstance(found, Prediction)
    assert found.scores[0].label.startswith("kind ")
