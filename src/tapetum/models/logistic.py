"""Source: a fitted logistic regression of scikit-learn, as a network of one linear layer."""

import warnings
from collections import OrderedDict
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.options import Options

_ACCEPTED = "a fitted LogisticRegression, alone or in a Pipeline after StandardScaler"

Linear = tuple[Float[np.ndarray, "outputs pixels"], Float[np.ndarray, " outputs"]]


def is_estimator(source: Any) -> bool:
    """Whether this is a model of scikit-learn, which is not imported to find out."""
    return any(kind.__module__.partition(".")[0] == "sklearn" for kind in type(source).__mro__)


def from_logistic(model: Any, options: Options) -> Classifier:
    r"""The model as \( z = W x + b \), where x are the pixels of a grey picture, 0 to 1, row by row.

    With two classes there is one logit: positive for the second. A scaler in front is part of W and b, so
    that a pixel's contribution is that of its own value. Probabilities are compared with the model's own.

    Raises:
        ModelError: another kind of model, one that is not fitted, or another number of pixels.
    """
    weights, bias = _linear(model)
    rows, columns = _size(options, weights.shape[1])
    _agrees(model, weights, bias)
    layer = nn.Linear(weights.shape[1], len(weights))
    layer.weight.data, layer.bias.data = torch.tensor(weights).float(), torch.tensor(bias).float()
    kind = type(model)
    return Classifier(
        module=nn.Sequential(OrderedDict(flatten=nn.Flatten(), logistic=layer)),
        preparation=options.preparation(rows, columns, channels=1),
        labels=[str(name) for name in model.classes_],
        name="logistic regression",
        source=f"fitted {kind.__module__}.{kind.__qualname__}",
    )


def _linear(model: Any) -> Linear:
    """W and b of the model, with every scaler in front of it folded in."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    scalers, last = [], model
    if isinstance(model, Pipeline):
        *before, last = [step for _, step in model.steps]
        scalers = [step for step in before if step not in (None, "passthrough")]
    wrong = [one for one in scalers if not isinstance(one, StandardScaler)]
    if wrong or not isinstance(last, LogisticRegression):
        name = type(wrong[0] if wrong else last).__name__
        raise ModelError(f"A network cannot be made from a {name} of scikit-learn. Give {_ACCEPTED}.")
    if not hasattr(last, "coef_"):
        raise ModelError("The logistic regression is not fitted. Call fit with pictures and labels first.")
    held = last.coef_.toarray() if hasattr(last.coef_, "toarray") else last.coef_
    weights, bias = np.asarray(held, float), np.atleast_1d(np.asarray(last.intercept_, float))
    for scaler in reversed(scalers):
        # W ((x − mean) / scale) + b
        weights = weights if scaler.scale_ is None else weights / scaler.scale_
        bias = bias if scaler.mean_ is None else bias - weights @ scaler.mean_
    return weights, np.broadcast_to(bias, len(weights)).copy()


def _size(options: Options, pixels: int) -> tuple[int, int]:
    found = options.rows_and_columns
    if found is None:
        raise ModelError(
            f"The logistic regression reads {pixels} numbers, and how they lie in a picture is not known. "
            "Pass input_shape=(1, rows, columns), such as (1, 8, 8)."
        )
    if options.channels not in (None, 1):
        raise ModelError(
            f"input_shape has {options.channels} channels, and scikit-learn does not say in which order "
            "colours lie among its numbers. Fit on grey pictures and pass input_shape=(1, rows, columns)."
        )
    if found[0] * found[1] != pixels:
        raise ModelError(
            f"The logistic regression reads {pixels} numbers, and pictures of {found[0]}×{found[1]} have "
            f"{found[0] * found[1]}. Pass the input_shape that it was fitted on."
        )
    return found


def _agrees(
    model: Any, weights: Float[np.ndarray, "outputs pixels"], bias: Float[np.ndarray, " outputs"]
) -> None:
    """Compare with the model's own probabilities, on pictures of noise."""
    probe = np.random.default_rng(0).random((4, weights.shape[1]))
    logits = probe @ weights.T + bias
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    powers = np.exp(logits - logits.max(1, keepdims=True))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        wrong = np.abs(powers / powers.sum(1, keepdims=True) - model.predict_proba(probe)).max()
    if not wrong < 1e-6:
        raise ModelError(
            f"The probabilities of this logistic regression are no softmax of its scores (difference "
            f"{wrong:.2g}). Fit it without multi_class='ovr' and without calibration."
        )
