"""Scores of a classifier: how often it is right, what it confuses, and how sure it may be."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from tapetum.learning.answers import Answers, answers_of
from tapetum.learning.data import PictureSet
from tapetum.learning.matching import Matching, matched
from tapetum.network import Network
from tapetum.network.surroundings import quiet
from tapetum.results import ClassRates, ConfidenceBin, Confusion, RocCurve, Scores

_BINS = 15
_POINTS = 100
"""Of a ROC curve, so many points are kept at most."""


def scores(network: Network, data: PictureSet, *, strict: bool = False) -> Scores:
    """Accuracy, rates per class, confusions, ROC and calibration of a network on labelled pictures.

    See `tapetum.evaluate`, which adds the pictures of the mistakes, for what the numbers mean.

    Args:
        network: the captured classifier.
        data: pictures with labels that the network knows.
        strict: refuse a picture that cannot be read, instead of leaving it out.

    Raises:
        DataError: labels that the network does not know, or pictures of fewer than two classes.
        PictureError: no picture can be read, or with `strict` one cannot.
        NonFiniteError: NaN or infinity for every picture.

    Example:
        >>> import tapetum
        >>> from tapetum.learning import in_memory
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> pixels = np.stack([tapetum.sample("cat").pixels[:300, :300]] * 2)
        >>> round(scores(net, in_memory("cats", pixels, [0, 1], ["Egyptian cat", "lynx"])).accuracy, 1)
        0.5
    """
    match = matched(data, network.labels)
    return scored(network, data, match, answers_of(network, data, match.indices, strict=strict))


def scored(network: Network, data: PictureSet, match: Matching, answers: Answers) -> Scores:
    """The scores of what a network answered."""
    actual = np.asarray(match.indices)[data.labels[answers.places]]
    right = answers.said == actual
    bins, error = calibration(answers.confidence, right)
    counts = Counter(zip(actual.tolist(), answers.said.tolist(), strict=True))
    names = dict(enumerate(network.labels)) | dict(zip(match.indices, data.classes, strict=True))
    return Scores(
        data=data.name,
        data_fingerprint=data.fingerprint,
        pictures=len(right),
        correct=int(right.sum()),
        classes=tuple(
            ClassRates(name, index, *rates, roc=roc(actual == index, answers.chances[place]))
            for place, (name, index, rates) in enumerate(
                zip(data.classes, match.indices, per_class(actual, answers.said, match.indices), strict=True)
            )
        ),
        confusions=tuple(
            Confusion(names[was], names[said], (was, said), count)
            for (was, said), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ),
        bins=bins,
        calibration_error=error,
        network=network.facts(answers.engine),
        notes=(*data.notes, *(() if match.note is None else (match.note,))),
        skipped=(*data.skipped, *answers.skipped),
        unanswered=answers.unanswered,
    )


def per_class(
    actual: Int[np.ndarray, " pictures"], said: Int[np.ndarray, " pictures"], classes: Sequence[int]
) -> list[tuple[int, float | None, float | None, float | None]]:
    """Per class how many pictures it has, precision, recall and F; None where it would be 0 / 0.

    precision = TP / (TP + FP), recall = TP / (TP + FN), F = 2 TP / (2 TP + FP + FN).

    Example:
        >>> per_class(np.array([0, 0, 1]), np.array([0, 2, 1]), [0, 1])
        [(2, 1.0, 0.5, 0.6666666666666666), (1, 1.0, 1.0, 1.0)]
    """
    with quiet():  # the import itself sets warning filters
        from sklearn.metrics import precision_recall_fscore_support

    found = precision_recall_fscore_support(actual, said, labels=list(classes), zero_division=np.nan)
    precision, recall, f = ([None if np.isnan(v) else float(v) for v in values] for values in found[:3])
    return list(zip(map(int, found[3]), precision, recall, f, strict=True))


def roc(positive: Bool[np.ndarray, " pictures"], chance: Float[np.ndarray, " pictures"]) -> RocCurve | None:
    """The share of positives found against the share of negatives called so, over all thresholds.

    The area under the curve is the chance that a picture of the class gets a higher probability than one of
    another class, equal ones counted half. None where there are no positives, or nothing else.

    Example:
        >>> roc(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.6, 0.1])).area
        0.75
    """
    with quiet():  # the import itself sets warning filters
        from sklearn.metrics import auc, roc_curve

    if positive.all() or not positive.any():
        return None
    false, true, _ = roc_curve(positive, chance)
    kept = np.unique(np.linspace(0, len(false) - 1, _POINTS).round().astype(int))
    return RocCurve(float(auc(false, true)), tuple(false[kept].tolist()), tuple(true[kept].tolist()))


def calibration(
    confidence: Float[np.ndarray, " pictures"], right: Bool[np.ndarray, " pictures"], count: int = _BINS
) -> tuple[tuple[ConfidenceBin, ...], float]:
    r"""Confidence against accuracy in bins of equal width, and the expected calibration error.

    ECE = Σ_b n_b / n · |accuracy of b − mean confidence of b|, from 0 (as sure as it may be) to 1.

    Reference:
        Guo et al. (2017), On Calibration of Modern Neural Networks.

    Example:
        >>> calibration(np.array([0.75, 0.75]), np.array([True, False]), 2)[1]
        0.25
    """
    with quiet():
        from scipy.stats import binned_statistic

    held: Any = binned_statistic(
        confidence, np.stack([right, confidence, np.ones(len(right))]), "sum", bins=count, range=(0, 1)
    )
    hits, sure, sizes = held.statistic
    edges = held.bin_edges
    bins = tuple(
        ConfidenceBin(
            low=float(edges[place]),
            high=float(edges[place + 1]),
            pictures=int(sizes[place]),
            confidence=float(sure[place] / sizes[place]) if sizes[place] else None,
            accuracy=float(hits[place] / sizes[place]) if sizes[place] else None,
        )
        for place in range(count)
    )
    return bins, float(np.abs(hits - sure).sum() / len(right))
