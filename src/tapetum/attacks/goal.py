"""What an attack is after: away from a class, or towards one."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tapetum.attacks.subject import Score
from tapetum.errors import TargetError
from tapetum.network import Targets
from tapetum.network.targets import class_logits


@dataclass(frozen=True, eq=False)
class Goal:
    """For every picture the class to leave or, `targeted`, to reach.

    With a `function` of the logits, that is what is raised; the class to leave still tells who is fooled.
    """

    classes: Int[Tensor, " batch"]
    targeted: bool = False
    function: Score | None = None

    def at(self, places: Tensor) -> "Goal":
        """The same for some of the pictures."""
        return Goal(self.classes[places], self.targeted, self.function)

    def reached(self, logits: Float[Tensor, "batch classes"]) -> Bool[Tensor, " batch"]:
        """Which pictures are there."""
        return (logits.argmax(1) == self.classes) == self.targeted

    def score(self, logits: Float[Tensor, "batch classes"]) -> Float[Tensor, " batch"]:
        r"""What an attack raises: the function, or the log-odds of the class, lowered where it is to be left.

        \( \log \frac{p_c}{1 - p_c} = z_c - \log \sum_{j \neq c} e^{z_j} \)

        Its gradient is that of the cross-entropy divided by \( 1 - p_c \) or \( p_c \): the same
        direction, which unlike it does not fade where the network is sure.
        """
        if self.function is not None:
            return self.function(logits)
        odds = self._own(logits) - self._others(logits).logsumexp(1)
        return odds if self.targeted else -odds

    def margin(self, logits: Float[Tensor, "batch classes"]) -> Float[Tensor, " batch"]:
        """By how much the nearest class that counts leads, or trails where this is below zero."""
        ahead = self._own(logits) - self._others(logits).amax(1)
        return ahead if self.targeted else -ahead

    def _own(self, logits: Tensor) -> Tensor:
        return logits.gather(1, self.classes[:, None])[:, 0]

    def _others(self, logits: Tensor) -> Tensor:
        return logits.scatter(1, self.classes[:, None], -torch.inf)


def goal_of(targets: Targets | None, logits: Float[Tensor, "batch outputs"], names: Sequence[str]) -> Goal:
    """What an attack on pictures with these logits is after; without targets, any other verdict.

    Raises:
        TargetError: a difference of classes, or the class that the network names already.
    """
    predicted = class_logits(logits).argmax(1)
    if targets is None:
        return Goal(predicted)
    if targets.function is not None:
        one = logits.shape[1] == 1
        return Goal(predicted, function=lambda found: targets.score(found[:, 1:] if one else found))
    for item, said, name in zip(targets.items, predicted.tolist(), names, strict=True):
        if item.kind != "class":
            raise TargetError(
                f"The target of an attack is one class, and {item.label} is a difference. Name the class "
                "that the network is to see."
            )
        if item.indices[0] == said:
            raise TargetError(
                f"The network already says {item.label!r} of {name}. Choose a class that it does not name, "
                "or no target."
            )
    wanted = torch.tensor([item.indices[0] for item in targets.items], device=logits.device)
    return Goal(wanted, targeted=True)
