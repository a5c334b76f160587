"""The verdict: logits in the words of the labels."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import ModelError, NonFiniteError
from tapetum.network.outputs import Activation
from tapetum.network.targets import class_logits
from tapetum.results import ClassScore, Prediction


def verdicts(
    logits: Float[Tensor, "batch outputs"],
    labels: Sequence[str],
    activation: Activation | None,
    names: Sequence[str],
    *,
    top: int,
    engine: str,
) -> list[Prediction]:
    """The `top` strongest classes of each picture, strongest first.

    Raises:
        ModelError: `top` is below one.
        NonFiniteError: a logit is NaN or infinite.
    """
    if top < 1:
        raise ModelError(f"top is {top}. Ask for at least one class.")
    if not bool(torch.isfinite(logits).all()):
        raise NonFiniteError(
            "The network answers NaN or infinity. "
            "Check its weights, and that the preparation is the one it was trained with."
        )
    per_class = class_logits(logits.float())
    shares = probabilities(logits, activation)
    order = per_class.argsort(stable=True, dim=1, descending=True)[:, :top].tolist()
    chances, scores = shares.tolist(), per_class.tolist()
    return [
        Prediction(
            name, tuple(ClassScore(i, labels[i], chances[row][i], scores[row][i]) for i in order[row]), engine
        )
        for row, name in enumerate(names)
    ]


def probabilities(
    logits: Float[Tensor, "batch outputs"], activation: Activation | None
) -> Float[Tensor, "batch classes"]:
    """The probability of each class."""
    per_class = class_logits(logits.float())
    if activation == "sigmoid" or logits.shape[1] == 1:
        return torch.sigmoid(per_class)
    return torch.softmax(per_class, 1)


def checked_labels(labels: Sequence[str] | None, outputs: int) -> tuple[str, ...]:
    """One label per class, in the order of the outputs.

    Raises:
        ModelError: more or fewer labels than classes.
    """
    classes = 2 if outputs == 1 else outputs
    if labels is None:
        return tuple(f"class {index}" for index in range(classes))
    if len(labels) != classes:
        note = " (a network with one logit has two classes)" if outputs == 1 else ""
        raise ModelError(
            f"There are {len(labels)} labels for {classes} classes{note}. "
            "Give one label per output, in its order."
        )
    return tuple(str(label) for label in labels)
