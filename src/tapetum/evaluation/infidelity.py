"""Infidelity: whether a map foretells by how much the score falls when a square is hidden."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tapetum.errors import MethodError
from tapetum.evaluation.case import Case


def infidelity(
    case: Case, maps: Float[Tensor, "pictures height width"], *, samples: int = 256, seed: int = 0
) -> Float[Tensor, " pictures"]:
    r"""The share of the score's falls under random squares that the map does not foretell.

    \( \min_{\beta \ge 0} \sum_q (\beta \sum_{ij \in q} M_{ij} - \Delta_q)^2 \, / \, \sum_q \Delta_q^2 \)

    Δ is by how much the score falls when the square q of the picture is hidden. The map is scaled by the best
    positive factor, so that maps of any unit compare. In 0 to 1, lower is better; 1 is a map that foretells
    nothing, or the contrary.

    Args:
        case: the pictures, their targets, and the plain picture that stands where they are hidden.
        maps: one per picture, at the pictures' size.
        samples: how many squares; their sides lie between an eighth and a third of the shorter side.
        seed: of the squares, which are the same for all pictures.

    Raises:
        MethodError: fewer than two samples.

    Reference:
        Yeh, Hsieh, Suggala, Inouye, Ravikumar (2019), On the (In)fidelity and Sensitivity of Explanations.
    """
    if samples < 2:
        raise MethodError(f"infidelity: samples is {samples}. Give a whole number of at least 2.")
    squares = drawn_squares(samples, case.batch.shape[2], case.batch.shape[3], seed)
    count = len(maps)

    def make(places: Int[Tensor, " chunk"]) -> tuple[Tensor, Int[Tensor, " chunk"]]:
        pictures = places % count
        batch = case.batch[pictures].clone()
        for place, (picture, square) in enumerate(
            zip(pictures.tolist(), (places // count).tolist(), strict=True)
        ):
            top, left, side = squares[square]
            where = (slice(None), slice(top, top + side), slice(left, left + side))
            batch[place][where] = case.plain[picture][where]
        return batch, pictures

    whole = case.scores("Infidelity", count, lambda places: (case.batch[places], places))
    scores = case.scores("Infidelity", count * samples, make).reshape(samples, count)
    falls = (whole - scores).double()
    sums = torch.stack([maps[:, t : t + s, k : k + s].double().sum((1, 2)) for t, k, s in squares]).cpu()
    scale = ((sums * falls).sum(0) / (sums**2).sum(0).clamp_min(1e-30)).clamp_min(0)
    missed = ((scale * sums - falls) ** 2).sum(0)
    return (missed / (falls**2).sum(0).clamp_min(1e-30)).float()


def drawn_squares(samples: int, rows: int, columns: int, seed: int) -> list[tuple[int, int, int]]:
    """(top, left, side) of random squares that lie inside the picture."""
    shorter = min(rows, columns)
    found = []
    for sample in range(samples):
        chance = np.random.default_rng([seed, sample])
        side = int(chance.integers(max(1, shorter // 8), max(1, shorter // 3), endpoint=True))
        top, left = (int(chance.integers(0, size - side, endpoint=True)) for size in (rows, columns))
        found.append((top, left, side))
    return found
