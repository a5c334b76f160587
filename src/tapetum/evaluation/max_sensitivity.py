"""Max-sensitivity: how far a map can jump when nobody would see that the picture changed."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import MethodError
from tapetum.evaluation.case import Case, Explain


def max_sensitivity(
    case: Case,
    maps: Float[Tensor, "pictures height width"],
    explain: Explain,
    *,
    samples: int = 10,
    radius: float = 0.05,
    seed: int = 0,
) -> Float[Tensor, " pictures"]:
    r"""The largest relative change of the map under small random changes of the picture.

    \( \max_{\|\delta\|_\infty \le r} \|M(x + \delta) - M(x)\| \, / \, \|M(x)\| \)

    Lower is better. A map that is zero everywhere has no relative change and counts as 0.

    Args:
        case: the pictures and their targets.
        maps: one per picture.
        explain: makes the maps of other pictures.
        samples: how many changes are tried on each picture.
        radius: the largest change of a pixel, as a share of the picture's own standard deviation.
        seed: of the changes.

    Raises:
        MethodError: fewer than one sample, or a radius that is not positive.

    Reference:
        Yeh, Hsieh, Suggala, Inouye, Ravikumar (2019), On the (In)fidelity and Sensitivity of Explanations.
    """
    if samples < 1 or not radius > 0:
        raise MethodError(
            f"max_sensitivity has {samples} samples and radius {radius}. Give at least 1, and more than 0."
        )
    reach = radius * case.batch.std((1, 2, 3), keepdim=True)
    size = maps.flatten(1).norm(dim=1)
    largest = torch.zeros(len(maps))
    for sample in range(samples):
        drawn = np.random.default_rng([seed, sample]).uniform(-1, 1, case.batch.shape[1:]).astype(np.float32)
        moved = case.batch + reach * torch.from_numpy(drawn).to(case.batch)
        change = (explain(case.network, moved, case.targets) - maps).flatten(1).norm(dim=1)
        largest = torch.maximum(largest, torch.where(size > 0, change / size.clamp_min(1e-30), 0.0))
    return largest
