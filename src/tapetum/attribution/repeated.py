"""Gradients at many changed copies of each picture, as many at once as memory allows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tapetum.attribution.sampling import normal, pairs
from tapetum.network import Gradient, Inputs, Layer, Network, Targets, sweep
from tapetum.network.surroundings import plain

Copies = Callable[[Tensor, list[int]], Tensor]
"""Makes copies: from places in the batch, and the number of each copy's sample."""


@dataclass(frozen=True, eq=False)
class Part:
    """The gradients of some copies: of which pictures of the batch, and which sample each of them is."""

    places: Int[Tensor, " copies"]
    samples: list[int]
    gradient: Gradient


def repeated(
    what: str,
    network: Network,
    inputs: Inputs,
    targets: Targets,
    *,
    samples: int,
    copies: Copies,
    layer: Layer | None,
    memory: str | int,
) -> Iterator[Part]:
    """The gradients at `samples` copies of every picture, part by part, sample by sample.

    Raises:
        MemoryLimitError: the limit is no size, or too small for one picture.
    """
    count = len(inputs.batch)

    def compute(start: int, stop: int) -> Part:
        places, chosen = pairs(start, stop, count)
        with plain(), torch.no_grad():
            batch = copies(places, chosen)
        gradient = network.gradient(Inputs(batch), targets.at(places.tolist()), layer)
        return Part(places.to(batch.device), chosen, gradient)

    parts = -(-samples * count // network.at_once(memory, backward=True))
    return sweep(what, samples * count, -(-samples * count // parts), compute)  # parts of equal size


def noisy_gradients(
    what: str,
    network: Network,
    inputs: Inputs,
    targets: Targets,
    *,
    samples: int,
    sigma: float,
    layer: Layer | None,
    seed: int,
    memory: str | int,
) -> Iterator[Part]:
    """The gradients at copies under normal noise, `sigma` times the range of each picture's values."""
    batch = inputs.batch
    scale = sigma * value_range(batch)

    def copies(places: Tensor, chosen: list[int]) -> Tensor:
        return batch[places] + scale[places] * drawn(seed, chosen, batch)

    return repeated(
        what, network, inputs, targets, samples=samples, copies=copies, layer=layer, memory=memory
    )


def value_range(batch: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch 1 1 1"]:
    """The distance from the smallest to the largest value of each picture."""
    return batch.amax((1, 2, 3), keepdim=True) - batch.amin((1, 2, 3), keepdim=True)


def drawn(seed: int, samples: list[int], like: Tensor) -> Tensor:
    """Normal noise for each entry of `samples`, in which equal ones are drawn once."""
    distinct = list(dict.fromkeys(samples))
    noise = normal(seed, distinct, like)
    if len(distinct) == len(samples):
        return noise
    order = {sample: index for index, sample in enumerate(distinct)}
    return noise[[order[sample] for sample in samples]]
