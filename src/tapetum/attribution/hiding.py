"""Hide parts of pictures, and see what becomes of the score."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.attribution.baselines import BaselineLike, baseline_of
from tapetum.errors import NonFiniteError
from tapetum.network import Aim, Inputs, Network, sweep

Masks = Callable[[int, int, int], Float[Tensor, "samples rows columns"]]
"""masks(picture, start, stop): for the samples from `start` to `stop` what is kept of a picture: 1 what is
seen, 0 what gives way to the baseline."""


@dataclass(eq=False)
class Study:
    """Pictures, what is explained of them, and what stands in place of hidden parts."""

    network: Network
    inputs: Inputs
    aim: Aim
    baseline: Float[Tensor, "batch channel rows columns"]
    at_once: int

    def scores(self, batch: Tensor, pictures: list[int]) -> Float[Tensor, " batch"]:
        """The score of prepared pictures, each with the target of the given picture it was made from."""
        logits, _, engine = self.network.evaluate(batch)
        if engine not in self.aim.engine:
            self.aim = replace(self.aim, engine=f"{self.aim.engine} + {engine}")
        return self.aim.targets.at(pictures).score(logits)

    def hidden(self, picture: int, masks: Tensor) -> Float[Tensor, "samples channel rows columns"]:
        """One picture under several masks."""
        base = self.baseline[picture : picture + 1]
        return torch.lerp(base, self.inputs.batch[picture : picture + 1], masks[:, None].to(base))


def study(
    network: Network, pictures: Any, target: Any, baseline: BaselineLike, memory: str | int, **plan: int
) -> Study:
    """What a method of this family starts from; `plan` are its samples per picture, and its seed.

    Raises:
        MemoryLimitError: the limit is no size, or too small for one picture.
        NonFiniteError: NaN or infinity in the pictures or the network's answer.
    """
    inputs = network.inputs(pictures)
    at_once = network.at_once(memory)
    standing = baseline_of(network, inputs, baseline, seed=plan.get("seed", 0))
    network.expect(plan["samples"] * len(inputs.batch))
    aim = network.aim(inputs, target)
    if not bool(torch.isfinite(aim.score).all()):
        raise NonFiniteError(
            "The score of a picture is NaN or infinity, so nothing can be compared with it. "
            "Check the network's weights and the preparation."
        )
    return Study(network, inputs, aim, standing, at_once)


@dataclass(frozen=True, eq=False)
class Run:
    """Some samples of one picture: their masks, and the scores that the network gives under them."""

    picture: int
    start: int
    masks: Float[Tensor, "samples rows columns"]
    scores: Float[Tensor, " samples"]


def runs(what: str, subject: Study, samples: int, masks: Masks) -> Iterator[Run]:
    """Every picture under `samples` masks, picture by picture, as many at once as memory allows."""

    def compute(start: int, stop: int) -> list[Run]:
        parts = []
        while start < stop:
            picture, first = divmod(start, samples)
            last = min(samples, first + stop - start)
            parts.append((picture, first, masks(picture, first, last)))
            start += last - first
        batch = torch.cat([subject.hidden(picture, kept) for picture, _, kept in parts])
        pictures = [picture for picture, _, kept in parts for _ in range(len(kept))]
        scores = torch.split(subject.scores(batch, pictures), [len(kept) for _, _, kept in parts])
        return [Run(*part, found) for part, found in zip(parts, scores, strict=True)]

    for found in sweep(what, samples * len(subject.inputs.batch), subject.at_once, compute):
        yield from found


def all_scores(what: str, subject: Study, samples: int, masks: Masks) -> Float[Tensor, "batch samples"]:
    """The scores of every picture under every mask, in float64, where the masks need not be kept.

    Raises:
        NonFiniteError: one of them is NaN or infinity.
    """
    found = torch.empty(len(subject.inputs.batch), samples, dtype=torch.float64)
    for run in runs(what, subject, samples, masks):
        found[run.picture, run.start : run.start + len(run.scores)] = run.scores.detach().double().cpu()
    return finite(what, found)


def finite(what: str, scores: Tensor) -> Tensor:
    """The scores, all of them numbers.

    Raises:
        NonFiniteError: one of them is NaN or infinity.
    """
    if not bool(torch.isfinite(scores).all()):
        raise NonFiniteError(
            f"{what}: the network answers NaN or infinity where parts of a picture are hidden. "
            "Use another baseline, or check the network's weights."
        )
    return scores


def in_words(baseline: BaselineLike) -> str | float:
    """A baseline as results name it: its word or number, or what it is."""
    if isinstance(baseline, str | int | float):
        return baseline
    return "a tensor" if isinstance(baseline, Tensor) else "a picture"
