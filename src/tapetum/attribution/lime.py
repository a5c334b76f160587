"""LIME: a linear model of the score over superpixels that are there or not."""

from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike
from tapetum.attribution.hiding import all_scores, in_words, study
from tapetum.attribution.sampling import generator
from tapetum.attribution.segments import shown, superpixels
from tapetum.errors import MethodError
from tapetum.network import Network
from tapetum.network.surroundings import quiet
from tapetum.options import at_least, one_of
from tapetum.results import Heatmap

Model = Literal["ridge", "lasso"]


def lime(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    samples: int = 1000,
    segments: int = 50,
    model: Model = "ridge",
    penalty: float | None = None,
    width: float = 0.25,
    baseline: BaselineLike = "mean",
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What each superpixel adds to the score, by a linear model fitted around the whole picture.

    \( \min_{a, \beta} \sum_k \pi_k \big( s(x_{z_k}) - a - \beta^\top z_k \big)^2 + \Omega(\beta) \), where
    \( z_k \) says which superpixels (SLIC) are there, \( \pi_k = \sqrt{\exp(-d_k^2 / \sigma^2)} \) and
    \( d_k \) is the cosine distance of \( z_k \) from the whole picture. Every place has the coefficient of
    its superpixel.

    Positive values speak for the target, negative ones against it. Values are in units of the score: what the
    superpixel as a whole adds.

    Use when:
        a handful of regions with signed weights is wanted, as a simple model around this picture.

    Misleads when:
        the segments cut through what matters, or few samples are drawn: another seed may give another
        answer.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        samples: how many pictures with superpixels missing; the first is the whole picture.
        segments: about how many superpixels.
        model: "ridge" keeps all of them, "lasso" the few that matter most.
        penalty: weight of the squared coefficients (ridge, by default 1) or of the absolute ones (lasso, by
            default a hundredth of the standard deviation of the scores).
        width: sigma of the kernel over distances.
        baseline: what stands in missing superpixels: "mean", "black", "grey", "white", a brightness from 0
            to 1, "blur", "noise", a picture, or a prepared tensor.
        seed: of the samples.
        memory: how much may be used at once above the network's own.

    Raises:
        MethodError: an option out of range, or no baseline.
        MemoryLimitError: the limit is too small for one picture.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the network's answer.

    Reference:
        Ribeiro, Singh, Guestrin (2016), "Why Should I Trust You?": Explaining the Predictions of Any
        Classifier.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", engine="torch")
        >>> heatmap = lime(net, tapetum.sample("cat"), samples=20, segments=6)
        >>> len(heatmap.values.unique()) <= 8
        True
    """
    at_least("lime", "samples", samples, 2)
    at_least("lime", "segments", segments)
    one_of("lime", "model", model, ("ridge", "lasso"))
    for name, value in (("width", width), ("penalty", penalty)):
        if value is not None and not value > 0:
            raise MethodError(f"lime:{name} is {value!r}. Give a number above 0.")
    subject = study(network, pictures, target, baseline, memory, samples=samples, seed=seed)
    parts = superpixels(network, subject.inputs.batch, segments)
    drawn = [_coalitions(seed, samples, int(picture.max()) + 1) for picture in parts]
    scores = all_scores(
        "LIME", subject, samples, lambda p, start, stop: shown(drawn[p][start:stop], parts[p])
    )
    fitted = [_fit(z, s, model, penalty, width) for z, s in zip(drawn, scores, strict=True)]
    return network.heatmap(
        "lime",
        torch.stack([shown(beta[None], picture)[0] for beta, picture in zip(fitted, parts, strict=True)]),
        subject.inputs,
        subject.aim,
        options={
            "samples": samples,
            "segments": segments,
            "model": model,
            "penalty": penalty,
            "width": width,
            "baseline": in_words(baseline),
        },
        seed=seed,
    )


def _coalitions(seed: int, samples: int, count: int) -> Float[Tensor, "samples segments"]:
    """Which superpixels are there, each with even chance; all of them in the first sample."""
    drawn = generator(seed).integers(0, 2, (samples, count))
    drawn[0] = 1
    return torch.from_numpy(drawn).double()


def _fit(
    coalitions: Tensor, scores: Tensor, model: Model, penalty: float | None, width: float
) -> Float[Tensor, " segments"]:
    with quiet():  # the import itself sets warning filters
        from sklearn.linear_model import Lasso, Ridge

    z, s = coalitions.numpy(), scores.numpy()
    distance = 1 - np.sqrt(z.mean(1))  # the cosine of z and all ones is |z| / sqrt(|z| · n)
    weights = np.sqrt(np.exp(-((distance / width) ** 2)))
    if float(np.ptp(s)) == 0:
        return torch.zeros(z.shape[1], dtype=torch.float64)
    if model == "ridge":
        fitted = Ridge(alpha=1.0 if penalty is None else penalty).fit(z, s, weights)
    else:
        alpha = 0.01 * float(s.std()) if penalty is None else penalty
        fitted = Lasso(alpha=alpha, max_iter=100_000).fit(z, s, weights)
    return torch.from_numpy(np.asarray(fitted.coef_))
