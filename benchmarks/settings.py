"""The settings of another library that a careful user would try."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.networks import frozen, last_parameter


@dataclass(frozen=True, eq=False)
class Answer:
    """What a contender says: logits of shape (batch, classes), maps of shape (batch, rows, columns)."""

    logits: Tensor
    maps: Tensor


Explain = Callable[[], Answer]
Make = Callable[[nn.Module, Tensor], Explain]
"""A library's explanation of a batch, with a module that is its own copy."""


def settings(make: Make, module: nn.Module, batch: Tensor, *, layer: str | None = None) -> dict[str, Explain]:
    """The library in both memory formats, the batch already in the same one; the faster one will count.

    The weights are frozen, for gradients to them are only work. Libraries that go back through hooks need
    something learnt below the hooked `layer`: there, the last weight stays learnt.
    """
    made = {}
    for name, memory in (("contiguous", torch.contiguous_format), ("channels last", torch.channels_last)):
        own = copy.deepcopy(module)
        frozen(own, None if layer is None else last_parameter(own, layer))
        made[name] = make(own.to(memory_format=memory), batch.contiguous(memory_format=memory))
    return made


def as_it_comes(make: Make, module: nn.Module, batch: Tensor) -> dict[str, Explain]:
    """The library on a module as it is built: weights that learn, contiguous memory."""
    own = copy.deepcopy(module)
    for parameter in own.parameters():
        parameter.requires_grad_()
    return {"as it comes": make(own, batch)}
