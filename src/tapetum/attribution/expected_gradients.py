"""Expected gradients: integrated gradients averaged over many baselines."""

from typing import Any

import torch
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike, baseline_of
from tapetum.attribution.integrated_gradients import missed
from tapetum.attribution.repeated import Copies, drawn, repeated
from tapetum.attribution.sampling import generator, pairs
from tapetum.errors import MethodError
from tapetum.network import Inputs, Network, Targets, sweep
from tapetum.network.surroundings import plain
from tapetum.options import at_least, told
from tapetum.results import Heatmap


def expected_gradients(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    baseline: BaselineLike = "noise",
    samples: int = 32,
    seed: int = 0,
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""What each pixel contributes to the score on straight ways from many baselines (GradientSHAP).

    \( M_{ij} = \sum_c E_{b, \alpha} [ (x_{cij} - b_{cij}) \, \partial s / \partial x_{cij}
    (b + \alpha (x - b)) ], \; \alpha \sim U(0, 1) \)

    Positive values raise the score, negative ones lower it, in the unit of the score. They sum to the
    difference between the picture's score and the mean score of the baselines; `residual` is what the
    sampling misses of that. No single baseline decides what counts as nothing.

    Use when:
        no single baseline is right: the mean over many takes its place.

    Misleads when:
        few samples are drawn: the estimate is noisy, and the residual says how far off it is.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        baseline: "noise" draws one anew for each sample; else one baseline (as in integrated-gradients), a
            list of them, or a prepared batch of them, that take turns.
        samples: how many pairs of a baseline and a place on the way from it.
        seed: of the noise and of the places.
        memory: what passes may take above the network itself, such as "500MB".

    Raises:
        MethodError: a number out of range, no baseline, or one of the wrong shape.
        TargetError: not a class of this network.
        MemoryLimitError: the limit is too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the gradient.

    Reference:
        Erion, Janizek, Sturmfels, Lundberg, Lee (2021), Improving Performance of Deep Learning Models with
        Axiomatic Attribution Priors and Expected Gradients; Lundberg, Lee (2017), A Unified Approach to
        Interpreting Model Predictions.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> heatmap = expected_gradients(net, tapetum.sample("cat"), samples=4)
        >>> heatmap.values.shape, heatmap.seed
        (torch.Size([1, 224, 224]), 0)
    """
    at_least("expected-gradients", "samples", samples)
    at_least("expected-gradients", "seed", seed, 0)
    inputs = network.inputs(pictures)
    bases = _bases(network, inputs, baseline, seed)
    aim = network.aim(inputs, target)
    plan = (network, inputs, aim.targets, bases)
    values = _shared_out(*plan, shares=_shares(seed, samples), memory=memory)
    base = _mean_score(*plan, samples=samples, memory=memory)
    return network.heatmap(
        "expected-gradients",
        values,
        inputs,
        aim,
        options={"baseline": told(baseline), "samples": samples},
        residual=missed(values, aim.score - base),
        seed=seed,
    )


def _bases(network: Network, inputs: Inputs, baseline: Any, seed: int) -> Copies:
    """What makes the baselines of pairs of a picture and a sample."""
    if isinstance(baseline, str) and baseline == "noise":
        return lambda places, chosen: drawn(seed, chosen, inputs.batch)
    several = isinstance(baseline, list | tuple) or (isinstance(baseline, Tensor) and baseline.dim() == 4)
    given = list(baseline) if several else [baseline]
    if not given:
        raise MethodError("expected-gradients:baseline holds no baseline. Give at least one, or 'noise'.")
    made = [baseline_of(network, inputs, one, seed=seed + k) for k, one in enumerate(given)]

    def bases(places: Tensor, chosen: list[int]) -> Tensor:
        both = zip(places.tolist(), chosen, strict=True)
        return torch.stack([made[k % len(made)][place] for place, k in both])

    return bases


def _shares(seed: int, samples: int) -> list[float]:
    """One place on the way for each sample, one in each of as many equal stretches, in mixed order."""
    random = generator(seed, _PLACES)
    found: list[float] = ((random.permutation(samples) + random.random(samples)) / samples).tolist()
    return found


_PLACES = 1 << 31
"""Where the numbers that choose places start, far from those of the samples."""


def _shared_out(
    network: Network,
    inputs: Inputs,
    targets: Targets,
    bases: Copies,
    *,
    shares: list[float],
    memory: str | int,
) -> Tensor:
    batch = inputs.batch

    def copies(places: Tensor, chosen: list[int]) -> Tensor:
        base = bases(places, chosen)
        share = batch.new_tensor([shares[k] for k in chosen])[:, None, None, None]
        return base + share * (batch[places] - base)

    mean = torch.zeros_like(batch)
    for part in repeated(
        _NAME, network, inputs, targets, samples=len(shares), copies=copies, layer=None, memory=memory
    ):
        way = batch[part.places] - bases(part.places, part.samples)
        mean.index_add_(0, part.places, way * part.gradient.values, alpha=1 / len(shares))
    return mean.sum(1)


def _mean_score(
    network: Network, inputs: Inputs, targets: Targets, bases: Copies, *, samples: int, memory: str | int
) -> Tensor:
    """The mean score of the baselines, per picture."""
    count = len(inputs.batch)

    def compute(start: int, stop: int) -> tuple[Tensor, Tensor]:
        places, chosen = pairs(start, stop, count)
        with plain(), torch.no_grad():
            batch = bases(places, chosen)
        return places.to(batch.device), network.scores(batch, targets.at(places.tolist()))

    mean = inputs.batch.new_zeros(count)
    for places, scores in sweep(f"{_NAME}: baselines", samples * count, network.at_once(memory), compute):
        mean.index_add_(0, places, scores, alpha=1 / samples)
    return mean


_NAME = "Expected gradients"
