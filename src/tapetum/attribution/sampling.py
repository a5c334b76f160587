"""Random numbers of methods: sample k is the same for every picture, whatever runs together with it."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


def generator(seed: int, *place: int) -> np.random.Generator:
    """The random numbers of one sample, which depend on the seed and the sample's place alone."""
    return np.random.default_rng([seed, *place])


def normal(seed: int, samples: Sequence[int], like: Tensor) -> Float[Tensor, "samples channel height width"]:
    """Standard normal noise of one picture's shape for each of these samples, in the type of `like`."""
    shape = like.shape[1:]
    drawn = [generator(seed, k).standard_normal(shape, dtype=np.float32) for k in samples]
    return torch.from_numpy(np.stack(drawn)).to(like.device, like.dtype)


def pairs(start: int, stop: int, pictures: int) -> tuple[Int[Tensor, " pairs"], list[int]]:
    """Pairs `start` to `stop` of all (sample, picture), sample by sample: the pictures, and the samples."""
    places = range(start, stop)
    return torch.tensor([k % pictures for k in places]), [k // pictures for k in places]
