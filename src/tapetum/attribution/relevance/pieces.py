"""A batch in as many pieces as memory asks for, and the answers put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.network import Aim, Inputs, Network, Targets, sweep
from tapetum.network.surroundings import plain
from tapetum.network.sweep import pictures_at_once
from tapetum.network.targets import of_pictures


@dataclass(frozen=True, eq=False)
class Found:
    """The maps of some pictures, what they explain, and by how much their sums miss it."""

    values: Float[Tensor, "batch rows columns"]
    aim: Aim
    residual: Float[Tensor, " batch"]


def in_pieces(
    network: Network,
    what: str,
    inputs: Inputs,
    target: Any,
    compute: Callable[[Inputs, slice, Any], Found],
    *,
    bytes_each: int,
    memory: str | int,
) -> Found:
    """`compute(pictures, their places, their target)` for all pictures, in pieces of equal size.

    Raises:
        MemoryLimitError: the limit is no size, or too small for one picture.
    """
    count = len(inputs.batch)
    most = pictures_at_once(memory, bytes_each, network.device)
    at_once = -(-count // -(-count // most))

    def piece(start: int, stop: int) -> Found:
        places = slice(start, stop)
        if stop - start == count:
            return compute(inputs, places, target)
        return compute(Inputs(inputs.batch[places]), places, of_pictures(target, places, count))

    with plain(), torch.no_grad():
        found = list(sweep(what, count, at_once, piece))
    if len(found) == 1:
        return found[0]
    targets = [one.aim.targets for one in found]
    items = tuple(item for one in targets for item in one.items)
    aim = Aim(
        torch.cat([one.aim.logits for one in found]), Targets(items, targets[0].function), found[0].aim.engine
    )
    values = torch.cat([one.values for one in found])
    return Found(values, aim, torch.cat([one.residual for one in found]))
