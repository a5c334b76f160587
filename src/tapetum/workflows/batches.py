"""Pictures, in batches of inputs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tapetum.network import Inputs, Network

BATCH = 8
"""Pictures that are opened together."""


def several(pictures: Any) -> Sequence[Any]:
    """One or many pictures as a sequence.

    Raises:
        PictureError: there is none.
    """
    from tapetum.errors import PictureError

    given: Sequence[Any] = pictures if isinstance(pictures, list | tuple) else [pictures]
    if not len(given):
        raise PictureError("There are no pictures. Give at least one.")
    return given


def in_batches(network: "Network", pictures: Sequence[Any], at_once: int = BATCH) -> "Iterator[Inputs]":
    """The pictures as inputs of the network, a few at a time."""
    for start in range(0, len(pictures), at_once):
        yield network.inputs(list(pictures[start : start + at_once]))


def singles(inputs: "Inputs") -> "list[Inputs]":
    """A batch of pictures as one input for each."""
    from dataclasses import replace

    return [
        replace(
            inputs,
            batch=inputs.batch[place : place + 1],
            pictures=inputs.pictures[place : place + 1],
            seen=inputs.seen[place : place + 1],
        )
        for place in range(len(inputs.batch))
    ]
