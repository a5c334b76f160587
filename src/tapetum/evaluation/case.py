"""What a map is tried on: pictures, what is explained of them, and what stands where something is hidden."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tapetum.network import Network, Targets, sweep

Explain = Callable[[Network, Tensor, Targets], Tensor]
"""A method with its options: the maps, at the size of the pictures, of a prepared batch."""


@dataclass(frozen=True, eq=False)
class Case:
    """Prepared pictures, one target for each, and two pictures of nothing for each.

    `plain` stands where something is deleted; `blurred` is what an insertion starts from. At most `memory`
    is used above the network's own.
    """

    network: Network
    batch: Float[Tensor, "pictures channel height width"]
    targets: Targets
    plain: Float[Tensor, "pictures channel height width"]
    blurred: Float[Tensor, "pictures channel height width"]
    memory: str | int = "1GiB"
    forgetful: dict[tuple[float, int], Network] = field(default_factory=dict, repr=False)
    """The network with shuffled weights, by share and seed, made once for all who ask; cases may share it."""

    def randomised(self, share: float = 1.0, *, seed: int = 0) -> Network:
        """The network with the weights of its last `share` of layers shuffled."""
        key = (share, seed)
        if key not in self.forgetful:
            self.forgetful[key] = self.network.randomised(share, seed=seed)
        return self.forgetful[key]

    def scores(
        self,
        what: str,
        count: int,
        make: Callable[[Int[Tensor, " chunk"]], tuple[Tensor, Int[Tensor, " chunk"]]],
    ) -> Float[Tensor, " count"]:
        """The target's score on `count` derived pictures, forward only, in chunks within memory.

        `make(places)` gives the pictures of these places, and of which of ours each is a variant.
        """
        return self._swept(what, count, make, self._score)

    def confidences(
        self,
        what: str,
        count: int,
        make: Callable[[Int[Tensor, " chunk"]], tuple[Tensor, Int[Tensor, " chunk"]]],
    ) -> Float[Tensor, " count"]:
        """The same in 0 to 1: the probability of the class, or of the one class against the other.

        A target that is a function of the logits has no probability and keeps its own values.
        """
        return self._swept(what, count, make, self._confidence)

    def _swept(
        self,
        what: str,
        count: int,
        make: Callable[[Int[Tensor, " chunk"]], tuple[Tensor, Int[Tensor, " chunk"]]],
        measure: Callable[[Tensor, Targets], Tensor],
    ) -> Float[Tensor, " count"]:
        def compute(start: int, stop: int) -> Tensor:
            batch, pictures = make(torch.arange(start, stop))
            logits = self.network.evaluate(batch)[0]
            return measure(logits, self.targets.at(pictures.tolist())).float().cpu()

        at_once = self.network.at_once(self.memory)
        return torch.cat(list(sweep(what, count, at_once, compute)))

    def _score(self, logits: Tensor, targets: Targets) -> Tensor:
        return targets.score(logits)

    def _confidence(self, logits: Tensor, targets: Targets) -> Tensor:
        if targets.function is not None:
            return targets.score(logits)
        chances = self.network.probabilities(logits)
        plus = torch.tensor([item.indices[0] for item in targets.items], device=chances.device)
        found = chances.gather(1, plus[:, None])[:, 0]
        pairs = [item.kind == "difference" for item in targets.items]
        if any(pairs):
            against = torch.sigmoid(targets.score(logits.float()))
            found = torch.where(torch.tensor(pairs, device=found.device), against, found)
        return found
