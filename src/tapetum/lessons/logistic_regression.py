"""Lesson: logistic regression, whose weights are a picture (article 1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from tapetum.learning import PictureSet, as_tensors, corners, digits, split
from tapetum.lessons.figures import figure, percent
from tapetum.models import load
from tapetum.network import Network, Preparation
from tapetum.pictures.number_sheet import NumberPanel, NumberRow, number_sheet
from tapetum.progress import stage
from tapetum.registry import METHODS
from tapetum.results import PageFigure, PageSection, PageTable, Story

_SIZE = 8
_TRAINED = 0.7
_MORE = 0.25
"""From so much of full ink on, a difference of two average pictures is one."""
_METHODS: Mapping[str, Mapping[str, Any]] = {
    "gradient-times-input": {},
    "integrated-gradients": {"baseline": "black"},
    "deeplift": {"baseline": "black"},
    "lrp": {"composite": "epsilon"},
    "occlusion": {"baseline": "black", "window": 1, "stride": 1},
}
"""Methods that must all say the same of a sum of products."""

Grid = Float64[np.ndarray, "rows columns"]


@dataclass(frozen=True)
class _Fitted:
    """A logistic regression of scikit-learn, the same as a network, and pictures known to it and not."""

    model: Any
    net: Network
    trained: PictureSet
    held_back: PictureSet

    @property
    def weights(self) -> Grid:
        """One per pixel, in the shape of the picture."""
        found: Grid = self.model.coef_.astype(float).reshape(_SIZE, _SIZE)
        return found

    @property
    def bias(self) -> float:
        """What is added to the products."""
        return float(self.model.intercept_[0])

    def accuracy(self) -> float:
        """The share of the pictures held back that the network names rightly."""
        batch, wanted = as_tensors(self.held_back, self.net.preparation)
        return float(((self.net(batch)[:, 0] > 0) == wanted.bool()).float().mean())

    def average(self, label: int) -> Grid:
        """The average picture of a class, from 0 to 1."""
        places = np.flatnonzero(self.trained.labels == label)
        values = [self.trained.fetch(int(place)).pixels[..., 0] / 255 for place in places]
        found: Grid = np.mean(values, axis=0)
        return found


def run(*, seed: int = 0) -> Story:
    """Fit two logistic regressions, draw their weights, and follow one score to its pixels."""
    with stage("Logistic regression", 3) as advance:
        corner, corner_numbers = _corners(_fitted(corners(size=_SIZE, seed=seed), seed))
        advance(1)
        fitted = _fitted(digits([0, 1]), seed)
        zero_one, digit_numbers = _digits(fitted)
        advance(1)
        one, one_numbers = _one_digit(fitted)
        advance(1)
    return Story(
        key="logistic-regression",
        title="A classifier whose weights are a picture",
        lead="Logistic regression has one weight per pixel, so its weights can be looked at like a picture, "
        "and what each pixel adds to the verdict is one product.",
        parts=(corner, zero_one, one),
        numbers={**corner_numbers, **digit_numbers, **one_numbers},
    )


def _fitted(data: PictureSet, seed: int) -> _Fitted:
    from sklearn.linear_model import LogisticRegression

    trained, held_back = split(data, (_TRAINED, 1 - _TRAINED), seed=seed)
    pictures, labels = as_tensors(trained, Preparation(_SIZE, _SIZE, channels=1))
    model = LogisticRegression().fit(pictures.flatten(1).numpy(), labels.numpy())
    return _Fitted(model, load(model, input_shape=(1, _SIZE, _SIZE), labels=data.classes), trained, held_back)


# ---- two corners ---------------------------------------------------------------------------------------


def _corners(fitted: _Fitted) -> tuple[PageSection, dict[str, float]]:
    weights, half, accuracy = fitted.weights, _SIZE // 2, fitted.accuracy()
    turned = 1 - accuracy
    right, left = float(weights[:half, half:].sum()), float(weights[half:, :half].sum())
    panels = (
        NumberPanel("class 0: upper right", fitted.average(0), "the average picture", 1.0),
        NumberPanel("class 1: lower left", fitted.average(1), "the average picture", 1.0),
        NumberPanel("the weights", weights, "gold speaks for class 1, teal against it"),
    )
    sentences = (
        f"{len(fitted.trained)} pictures have a bright object in the upper right (class 0) or in the lower "
        "left (class 1). Logistic regression learns one weight per pixel, and says class 1 where the sum of "
        "weight × pixel, and a bias, is above zero.",
        f"It names {percent(accuracy)} of {len(fitted.held_back)} other pictures rightly.",
        f"Put back into rows and columns, the weights are a picture: those of the lower left add up to "
        f"{left:+.2f}, those of the upper right to {right:+.2f}.",
        "It has to be this way round: a positive weight makes a bright pixel speak for class 1, and class 1 "
        "is bright in the lower left. The article that this lesson follows gives the classes these corners, "
        "and then sketches large weights in the upper right and small ones in the lower left: with the signs "
        f"turned round like that, {percent(turned)} would be named rightly.",
    )
    section = PageSection(
        "Two corners",
        sentences,
        figures=[
            _figure(
                panels,
                "The average picture of both classes and the weights as a grid: the lower left is positive, "
                "the upper right negative",
                "What the classes look like on average, and the weights that were learnt.",
            )
        ],
    )
    numbers = {
        "corners_accuracy": accuracy,
        "corners_turned_accuracy": turned,
        "corners_lower_left": left,
        "corners_upper_right": right,
    }
    return section, numbers


# ---- zeros and ones ------------------------------------------------------------------------------------


def _digits(fitted: _Fitted) -> tuple[PageSection, dict[str, float]]:
    weights, accuracy = fitted.weights, fitted.accuracy()
    zero, one = fitted.average(0), fitted.average(1)
    more_zero, more_one = zero - one > _MORE, one - zero > _MORE
    shared = (zero > _MORE) & (one > _MORE) & ~more_zero & ~more_one
    ring, stem, both = (float(weights[where].mean()) for where in (more_zero, more_one, shared))
    panels = (
        NumberPanel("the average 0", zero, "of what it learnt from", 1.0),
        NumberPanel("the average 1", one, "of what it learnt from", 1.0),
        NumberPanel("the weights", weights, "gold speaks for a 1, teal for a 0"),
    )
    sentences = (
        f"The same on {len(fitted.trained)} handwritten zeros and ones of 8 × 8 pixels: {percent(accuracy)} "
        f"of {len(fitted.held_back)} others are named rightly, with {weights.size} weights and one bias "
        f"({fitted.bias:+.2f}).",
        f"At the {int(more_zero.sum())} pixels where zeros have more ink than ones, by a quarter of full "
        f"ink, the mean weight is {ring:+.2f}: a ring. At the {int(more_one.sum())} where ones have more it "
        f"is {stem:+.2f}: a stem through the middle.",
        f"At the {int(shared.sum())} pixels where both have ink alike the mean weight is {both:+.2f}: what "
        "does not tell them apart hardly counts.",
    )
    section = PageSection(
        "Zeros and ones",
        sentences,
        figures=[
            _figure(
                panels,
                "The average zero, the average one, and the weights: a teal ring around a gold stem",
                "The digits on average, and the weights that tell them apart.",
            )
        ],
    )
    numbers = {"digits_accuracy": accuracy, "ring_weight": ring, "stem_weight": stem, "shared_weight": both}
    return section, numbers


# ---- one digit -----------------------------------------------------------------------------------------


def _one_digit(fitted: _Fitted) -> tuple[PageSection, dict[str, float]]:
    net, bias = fitted.net, fitted.bias
    picture = fitted.held_back.fetch(int(np.flatnonzero(fitted.held_back.labels == 1)[0]))
    pixels = net.prepare(picture)[0, 0].double().numpy()
    products = fitted.weights * pixels
    logit = float(net(net.prepare(picture)))
    found = {key: METHODS[key](net, picture, "1", **options) for key, options in _METHODS.items()}
    apart = {
        key: float(np.abs(heatmap.values[0].double().numpy() - products).max())
        for key, heatmap in found.items()
    }
    share = float(net.probabilities(net(net.prepare(picture)))[0, 1])
    speaking, against = products[products > 0], products[products < 0]
    panels = (
        NumberPanel("the pixels", pixels, "0 is no ink, 1 is full ink", 1.0),
        NumberPanel("the weights", fitted.weights, "gold speaks for a 1, teal for a 0"),
        NumberPanel("weight x pixel", products, f"with the bias {bias:+.2f} they sum to {logit:+.2f}"),
    )
    sentences = (
        f"A handwritten 1 that it has not learnt from. The products weight × pixel add up to "
        f"{products.sum():+.3f}, with the bias of {bias:+.3f} to {products.sum() + bias:+.3f}; the logit of "
        f"the network is {logit:+.3f}.",
        f"The sigmoid 1 / (1 + exp(−z)) makes {percent(share)} of it, the probability of a 1.",
        f"The ink of {len(speaking)} pixels speaks for the 1 ({speaking.sum():+.2f}), that of {len(against)} "
        f"against it ({against.sum():+.2f}). Pixels without ink say nothing, whatever their weight.",
        "On a sum of products, methods that explain networks have no room to differ: each gives back the "
        "products. This is how each can be checked.",
    )
    rows = [(METHODS[key].title, f"{apart[key]:.1e}") for key in found]
    section = PageSection(
        "One digit, pixel by pixel",
        sentences,
        [PageTable("against weight × pixel", ("method", "largest difference"), rows)],
        [
            _figure(
                panels,
                "The pixels of a handwritten one, the weights, and the product of both at every pixel",
                "What each pixel adds to the logit: gold for a 1, teal for a 0.",
            )
        ],
    )
    numbers = {
        "logit": logit,
        "sum_of_contributions": float(products.sum()) + bias,
        "gradient_times_input_difference": apart["gradient-times-input"],
        "largest_difference": max(apart.values()),
    }
    return section, numbers


def _figure(panels: Sequence[NumberPanel], alt: str, caption: str) -> PageFigure:
    return figure(number_sheet([NumberRow("", panels)], side=336), alt, caption)
