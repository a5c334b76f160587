"""A pass from a prepared batch to values of the graph, for autograd to follow back to the batch."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from tapetum.network.program import NO_RULES, Rules
from tapetum.network.runtime import Runtime, channels_last
from tapetum.network.surroundings import plain

Follow = Callable[[Tensor], tuple[Tensor, ...]]
"""Gives the values asked for, in their order, for a prepared batch that may require a gradient."""


def follow(runtime: Runtime, nodes: Sequence[str], rules: Rules = NO_RULES) -> Follow:
    """The part of the graph up to these values; after `settle()`."""
    wanted = tuple(dict.fromkeys(nodes))

    def values(batch: Tensor) -> tuple[Any, ...]:
        program = runtime.followed(wanted, len(batch), rules)
        with plain(), torch.enable_grad():
            found = dict(zip(wanted, program(channels_last(batch)), strict=True))
        runtime.passes["forward"] += len(batch)
        return tuple(found[name] for name in nodes)

    return values
