"""Kernel SHAP: the score shared out among superpixels, as Shapley's axioms demand."""

import itertools
import math
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike
from tapetum.attribution.hiding import all_scores, in_words, study
from tapetum.attribution.sampling import generator
from tapetum.attribution.segments import shown, superpixels
from tapetum.network import Network
from tapetum.options import at_least
from tapetum.results import Heatmap


def kernel_shap(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    samples: int = 1000,
    segments: int = 50,
    baseline: BaselineLike = "mean",
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What each superpixel adds to the score, averaged over all orders in which they could appear.

    \( \min_\varphi \sum_z \pi(z) \big( s(x_z) - s(x_0) - \varphi^\top z \big)^2 \) under \( \sum_i \varphi_i
    = s(x) - s(x_0) \), with \( \pi(z) = \frac{n - 1}{\binom{n}{|z|} |z| (n - |z|)} \), where \( z \) says
    which of the \( n \) superpixels (SLIC) are there and \( x_0 \) is the baseline alone.

    Positive values speak for the target, negative ones against it. A superpixel's Shapley value is spread
    evenly over its pixels, so that the map sums to the score minus the score of the baseline. Values are in
    units of the score, per pixel of the network's input. They are exact where all \( 2^n \) pictures fit into
    `samples`, and otherwise estimated from pairs of a random set of superpixels and all the others.

    Use when:
        fair shares of the score per region are wanted, which sum to it exactly.

    Misleads when:
        few samples are drawn for many segments; and leaving out regions shows the network unnatural
        pictures.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        samples: how many pictures with superpixels missing, the whole one and the baseline among them.
        segments: about how many superpixels.
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
        Lundberg, Lee (2017), A Unified Approach to Interpreting Model Predictions.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", engine="torch")
        >>> heatmap = kernel_shap(net, tapetum.sample("cat"), samples=16, segments=4)
        >>> abs(float(heatmap.residual[0])) < 1e-4
        True
    """
    at_least("kernel-shap", "samples", samples, 4)
    at_least("kernel-shap", "segments", segments)
    subject = study(network, pictures, target, baseline, memory, samples=samples, seed=seed)
    parts = superpixels(network, subject.inputs.batch, segments)
    drawn = [coalitions(seed, samples, int(picture.max()) + 1) for picture in parts]
    # Pictures may have different numbers of superpixels: shorter lists are filled up with the whole picture.
    count = max(map(len, drawn))
    filled = [torch.cat([z, z[1:2].expand(count - len(z), -1)]) for z in drawn]
    scores = all_scores(
        "Kernel SHAP", subject, count, lambda p, start, stop: shown(filled[p][start:stop], parts[p])
    )
    values = torch.empty(parts.shape, dtype=torch.float64)
    for place, (z, picture) in enumerate(zip(drawn, parts, strict=True)):
        shares = solved(z, scores[place, : len(z)])
        values[place] = (shares / picture.flatten().bincount())[picture]
    gained = scores[:, 1] - scores[:, 0]
    return network.heatmap(
        "kernel-shap",
        values,
        subject.inputs,
        subject.aim,
        options={"samples": samples, "segments": segments, "baseline": in_words(baseline)},
        residual=(gained - values.sum((1, 2))).float(),
        seed=seed,
    )


def coalitions(seed: int, samples: int, count: int) -> Float[Tensor, "samples segments"]:
    """Which superpixels are there: none, all, then every other set, or pairs of a random one and the rest."""
    ends = np.stack([np.zeros(count), np.ones(count)])
    if count < 60 and 2**count <= samples:
        inner = np.array(list(itertools.product((0, 1), repeat=count)))[1:-1].reshape(-1, count)
        return torch.from_numpy(np.concatenate([ends, inner])).double()
    draw = generator(seed)
    sizes = np.arange(1, count)
    chance = 1 / (sizes * (count - sizes))
    pairs = (samples - 2) // 2
    chosen = draw.choice(sizes, pairs, p=chance / chance.sum())
    ranks = draw.random((pairs, count)).argsort(1).argsort(1)
    sets = (ranks < chosen[:, None]).astype(float)
    both = np.stack([sets, 1 - sets], 1).reshape(-1, count)
    return torch.from_numpy(np.concatenate([ends, both])).double()


def solved(coalitions: Tensor, scores: Tensor) -> Float[Tensor, " segments"]:
    """Weighted least squares under the constraint that the shares sum to what all together gain.

    The last share is replaced by what the others leave of the sum. Random sets come as often as their weight
    says, so they count alike; where all are there, the weight is the kernel's.
    """
    z, s = coalitions.numpy(), scores.numpy()
    count = z.shape[1]
    gained = s[1] - s[0]
    if count == 1:
        return torch.tensor([gained])
    inner, gains = z[2:], s[2:] - s[0]
    sizes = inner.sum(1)
    weights = np.ones(len(inner))
    if len(z) == 2.0**count:
        sets = np.array([float(math.comb(count, int(size))) for size in sizes])
        weights = (count - 1) / (sets * sizes * (count - sizes))
    root = np.sqrt(weights)[:, None]
    others = (inner[:, :-1] - inner[:, -1:]) * root
    left = (gains - inner[:, -1] * gained) * root[:, 0]
    shares = np.linalg.lstsq(others, left, rcond=None)[0]
    return torch.from_numpy(np.append(shares, gained - shares.sum()))
