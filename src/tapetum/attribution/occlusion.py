"""Occlusion: what a place is worth, by how far the score falls when a window hides it."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike
from tapetum.attribution.hiding import Study, all_scores, finite, in_words, study
from tapetum.errors import MethodError
from tapetum.network import Network, Regions, Windows, sweep
from tapetum.options import at_least
from tapetum.results import Heatmap

_WHAT = "Occlusion"


def occlusion(
    network: Network,
    pictures: Any,
    target: Any = None,
    *,
    window: int | None = None,
    stride: int | None = None,
    baseline: BaselineLike = "mean",
    memory: str | int = "1GiB",
) -> Heatmap:
    r"""How far the score falls when a window that slides over the picture hides a place.

    \( M_{ij} = \frac{1}{|W_{ij}|} \sum_{w \in W_{ij}} \big( s(x) - s(x_w) \big) \), where \( W_{ij} \) are
    the windows over the place and \( x_w \) is the picture with the baseline inside the window \( w \).

    Positive values speak for the target: without the place the score is lower. Negative ones speak against
    it. Values are in units of the score, one per pixel of the network's input.

    Use when:
        a plain, checkable experiment is wanted: what does the score lose when this window is covered?

    Misleads when:
        the object is larger than the window, or the cover itself looks like something: then nothing or
        the wrong thing is lost.

    Args:
        network: the captured classifier.
        pictures: one or many pictures, or a prepared batch of shape (batch, channel, height, width).
        target: class index, label, difference "one - other", one of them per picture, or a function of
            the logits; None explains the predicted class.
        window: side of the square window in pixels of the network's input; by default a seventh of the
            shorter side.
        stride: how far the window moves from one position to the next; by default a quarter of the window.
            The last position may reach over the edge.
        baseline: what the window shows: "mean", "black", "grey", "white", a brightness from 0 to 1, "blur",
            "noise", a picture, or a prepared tensor.
        memory: how much may be used at once above the network's own.

    Raises:
        MethodError: a window that is larger than the picture, a stride that leaves gaps, or no baseline.
        MemoryLimitError: the limit is too small for one picture.
        TargetError: not a class of this network.
        NonFiniteError: NaN or infinity in the pictures or the network's answer.

    Reference:
        Zeiler, Fergus (2013), Visualizing and Understanding Convolutional Networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", engine="torch")
        >>> occlusion(net, tapetum.sample("cat"), window=56, stride=56).values.shape
        torch.Size([1, 224, 224])
    """
    side, step = _window(network, window, stride)
    rows, columns = (_starts(size, side, step) for size in network.input_shape[1:])
    count = len(rows) * len(columns)
    regions = network.regions(side, rows, columns)
    whole = 0 if regions is not None else count
    subject = study(network, pictures, target, baseline, memory, samples=whole)
    if regions is None:
        drops = _drops(subject, rows, columns, side)
    else:
        drops = _by_regions(subject, regions, len(rows), len(columns))
    values = _spread(drops.reshape(-1, len(rows), len(columns)), rows, columns, side, network)
    return network.heatmap(
        "occlusion",
        values,
        subject.inputs,
        subject.aim,
        options={"window": side, "stride": step, "baseline": in_words(baseline)},
    )


def _window(network: Network, window: int | None, stride: int | None) -> tuple[int, int]:
    """The window's side and its stride, checked."""
    shorter = min(network.input_shape[1:])
    side = max(1, round(shorter / 7)) if window is None else at_least("occlusion", "window", window)
    step = max(1, side // 4) if stride is None else at_least("occlusion", "stride", stride)
    if side > shorter:
        raise MethodError(f"occlusion:window is {side}, and the picture {shorter} wide. Give at most that.")
    if step > side:
        raise MethodError(
            f"occlusion:stride is {step} and the window {side}, so some places would never be hidden. "
            f"Give a stride of at most {side}."
        )
    return side, step


def _starts(size: int, side: int, step: int) -> list[int]:
    """Where windows begin along one axis: so many that the last one reaches the edge."""
    return [place * step for place in range(-(-(size - side) // step) + 1)]


def _drops(
    subject: Study, rows: list[int], columns: list[int], side: int
) -> Float[Tensor, "batch positions"]:
    """How far the score falls under each window, by passes over the whole picture."""
    size = subject.network.input_shape[1:]

    def masks(picture: int, start: int, stop: int) -> Tensor:
        kept = torch.ones(stop - start, *size, dtype=subject.inputs.batch.dtype)
        for place, position in enumerate(range(start, stop)):
            row, column = rows[position // len(columns)], columns[position % len(columns)]
            kept[place, row : row + side, column : column + side] = 0
        return kept

    scores = all_scores(_WHAT, subject, len(rows) * len(columns), masks)
    return subject.aim.score.detach().double().cpu()[:, None] - scores


def _by_regions(subject: Study, regions: Windows, down: int, across: int) -> Float[Tensor, "batch positions"]:
    """The same numbers, computed only where a window is seen."""
    found = []
    for picture in range(len(subject.inputs.batch)):
        one = regions(subject.inputs.batch[picture : picture + 1])
        base = subject.baseline[picture : picture + 1]

        def compute(
            start: int, stop: int, picture: int = picture, one: Regions = one, base: Tensor = base
        ) -> Tensor:
            places = range(start, stop)
            answers = one(base, [p // across for p in places], [p % across for p in places])
            return _score(subject, picture, answers)

        whole = _score(subject, picture, one.logits)
        found.append(whole - torch.cat(list(sweep(_WHAT, down * across, subject.at_once, compute))))
    return finite(_WHAT, torch.stack(found))


def _score(subject: Study, picture: int, logits: Tensor) -> Float[Tensor, " batch"]:
    return subject.aim.targets.at([picture] * len(logits)).score(logits).detach().double().cpu()


def _spread(
    drops: Float[Tensor, "batch down across"],
    rows: list[int],
    columns: list[int],
    side: int,
    network: Network,
) -> Float[Tensor, "batch rows columns"]:
    """Per pixel, the mean over the windows that cover it."""
    down, across = (
        torch.stack([(torch.arange(size) >= s) & (torch.arange(size) < s + side) for s in starts], 1).double()
        for size, starts in zip(network.input_shape[1:], (rows, columns), strict=True)
    )
    means = [cover / cover.sum(1, keepdim=True) for cover in (down, across)]
    return means[0] @ drops @ means[1].T
