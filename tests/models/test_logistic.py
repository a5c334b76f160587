"""A fitted logistic regression as a network."""

import pickle

import numpy as np
import pytest
import torch
from oracles import by_hand
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tapetum
from tapetum.errors import LayerError, MethodError, ModelError
from tapetum.learning import digits
from tapetum.registry import METHODS


def _pixels(which: list[int]) -> tuple[np.ndarray, np.ndarray]:
    data = digits(which)
    values = np.stack([picture.pixels[..., 0] for picture, _ in data]) / 255
    return values.reshape(len(data), -1), data.labels


def _at_every_pixel_a_bit_of_noise(values: np.ndarray) -> np.ndarray:
    """So that no pixel is the same in all pictures, and a scaler has something to divide by."""
    return values + np.random.default_rng(1).normal(0, 0.05, values.shape)


TWO, THREE = _pixels([0, 1]), _pixels([3, 8, 9])
FITTED = {
    "two": (LogisticRegression().fit(*TWO), TWO),
    "without a bias": (LogisticRegression(fit_intercept=False).fit(*TWO), TWO),
    "three": (LogisticRegression().fit(*THREE), THREE),
    "scaled": (make_pipeline(StandardScaler(), LogisticRegression()).fit(*TWO), TWO),
    "scaled twice": (
        make_pipeline(
            StandardScaler(with_std=False),
            "passthrough",
            StandardScaler(with_mean=False),
            LogisticRegression(),
        ).fit(_at_every_pixel_a_bit_of_noise(THREE[0]), THREE[1]),
        THREE,
    ),
    "sparse": (LogisticRegression(l1_ratio=1, solver="liblinear").fit(*TWO).sparsify(), TWO),
}


@pytest.mark.parametrize("name", FITTED)
def test_the_network_says_what_the_model_says(name: str) -> None:
    model, (values, labels) = FITTED[name]
    net = tapetum.load(model, input_shape=(1, 8, 8))
    batch = torch.tensor(values[:50], dtype=torch.float32).reshape(-1, 1, 8, 8)
    logits = net(batch)
    assert np.abs(logits.numpy() - model.decision_function(values[:50]).reshape(50, -1)).max() < 1e-4
    assert np.abs(net.probabilities(logits).numpy() - model.predict_proba(values[:50])).max() < 1e-5
    assert logits.shape[1] == (1 if len(np.unique(labels)) == 2 else 3)
    assert net.labels == tuple(map(str, model.classes_))


@pytest.mark.parametrize("name", ["two", "three", "scaled"])
def test_gradient_times_input_is_every_pixels_contribution(name: str) -> None:
    model, (values, _) = FITTED[name]
    net = tapetum.load(model, input_shape=(1, 8, 8), labels=list("ab") if name != "three" else list("abc"))
    picture = values[7].reshape(8, 8)
    batch = torch.tensor(picture, dtype=torch.float32)[None, None]
    if name == "scaled":
        scaler, last = model[0], model[-1]
        weights = last.coef_[0] / scaler.scale_
    else:
        weights = model.coef_[-1]
    target = net.labels[-1]
    found = tapetum.gradient_times_input(net, batch, target)
    assert np.abs(found.values[0].numpy() - by_hand.contributions(weights, picture)).max() < 1e-5
    bias = float(found.score) - float(found.values.sum())
    zero = float(net(torch.zeros(1, 1, 8, 8))[0, -1])
    assert abs(bias - zero) < 1e-4
    if name == "two":
        other = tapetum.gradient_times_input(net, batch, "a")
        assert torch.equal(other.values, -found.values)


def test_every_method_that_applies_explains_it() -> None:
    net = tapetum.load(FITTED["two"][0], input_shape=(1, 8, 8), engine="torch")
    picture = digits([0, 1]).fetch(0)
    for key, method in METHODS.items():
        if key in ("guided-backprop", "deconvnet", "guided-gradcam"):
            with pytest.raises(MethodError, match="rectifiers"):
                method(net, picture)
        elif method.needs_layer:
            with pytest.raises(LayerError):
                method(net, picture, **method.quick)
        else:
            found = method(net, picture, **method.quick)
            assert torch.isfinite(found.values).all(), key
            assert found.at_picture_size().shape == (1, 8, 8), key


def test_methods_agree_on_a_linear_network() -> None:
    model, (values, _) = FITTED["three"]
    net = tapetum.load(model, input_shape=(1, 8, 8))
    batch = torch.tensor(values[3:4], dtype=torch.float32).reshape(1, 1, 8, 8)
    wanted = by_hand.contributions(model.coef_[1], values[3].reshape(8, 8))
    for key, options in {
        "integrated-gradients": {"baseline": "black"},
        "deeplift": {"baseline": "black"},
    }.items():
        found = METHODS[key](net, batch, 1, **options).values[0].numpy()
        assert np.abs(found - wanted).max() < 1e-5, key


def test_the_model_is_only_read() -> None:
    model = LogisticRegression().fit(*TWO)
    before = pickle.dumps(model)
    net = tapetum.load(model, input_shape=(1, 8, 8))
    net.predict(digits([0, 1]).fetch(0))
    assert pickle.dumps(model) == before
    first = net.fingerprint
    model.coef_ += 1
    assert net.fingerprint == first


def test_names_of_classes_become_labels() -> None:
    values, labels = TWO
    model = LogisticRegression().fit(values, np.array(["zero", "one"])[labels])
    net = tapetum.load(model, size=8)
    assert net.labels == ("one", "zero")
    assert net.predict(digits([0, 1]).fetch(0))[0].label == "zero"
    assert net.source == "fitted sklearn.linear_model._logistic.LogisticRegression"


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LogisticRegression(), "is not fitted. Call fit"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "is not fitted. Call fit"),
        (
            SGDClassifier(loss="log_loss"),
            "from a SGDClassifier of scikit-learn. Give a fitted LogisticRegression",
        ),
        (LinearRegression(), "from a LinearRegression of scikit-learn"),
        (make_pipeline(PCA(3), LogisticRegression()), "from a PCA of scikit-learn"),
    ],
)
def test_models_of_another_kind_are_refused(model: object, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        tapetum.load(model, input_shape=(1, 8, 8))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "reads 64 numbers, and how they lie in a picture is not known"),
        ({"input_shape": (1, 8, 9)}, "reads 64 numbers, and pictures of 8×9 have 72"),
        ({"input_shape": (3, 8, 8)}, "in which order colours lie"),
        ({"input_shape": (1, 8, 8), "labels": ["a", "b", "c"]}, "There are 3 labels for 2 classes"),
        ({"input_shape": (1, 8, 8), "architecture": "lite0"}, "belongs to a weights file"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        tapetum.load(FITTED["two"][0], **options)


class _Overconfident(LogisticRegression):
    """A model whose probabilities are not those of its scores."""

    def predict_proba(self, values: np.ndarray) -> np.ndarray:
        return np.tile([0.0, 1.0], (len(values), 1))


def test_probabilities_that_are_not_those_of_the_scores_are_refused() -> None:
    with pytest.raises(ModelError, match="are no softmax of its scores"):
        tapetum.load(_Overconfident().fit(*TWO), input_shape=(1, 8, 8))
