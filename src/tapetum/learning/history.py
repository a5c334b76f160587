"""What a training leaves behind, beside the weights."""

from dataclasses import dataclass

from tapetum.results import Ending, Epoch


@dataclass(frozen=True)
class Fitted:
    """How a training went.

    Attributes:
        history: every epoch.
        best: the number of the epoch whose weights the network has now, from 1: the lowest validation loss.
        ending: why it ended.
        seconds: how long it took.
    """

    history: tuple[Epoch, ...]
    best: int
    ending: Ending
    seconds: float
