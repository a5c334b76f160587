"""Gradient ascent on pictures: step by step towards what each of them is to show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import NonFiniteError
from tapetum.features.awake import AWAKE, before_flat
from tapetum.features.objective import Objective
from tapetum.features.penalties import Restraint, likeness, restrained
from tapetum.features.spectrum import Canvas
from tapetum.features.views import Views, seen
from tapetum.network import Network
from tapetum.network.follow import Follow
from tapetum.network.surroundings import plain

_WAKING = 16
"""Steps at the start that look at values before they are rectified. A picture that even so has no gradient at
all is given one through every flat activation."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step of an ascent: how many are done, and the score of every picture that this one saw."""

    done: int
    scores: Float[Tensor, " batch"]


@dataclass(frozen=True, eq=False)
class Ascent:
    """Pictures on their way, each to its own objective.

    At every step the network is shown `views` of each picture; the gradient of their mean score goes to the
    pixels, and from there with that of the restraint to the parameters of the canvas. Weights never get one.

    Attributes:
        network: the network that is asked.
        objectives: one for each picture of the canvas.
        canvas: the pictures, and what is optimised.
        views: what the network is shown of them.
        restraint: what else is asked of them.
        at_once: how many views go through the network together.
        seed: what the noise on views is drawn from.
    """

    network: Network
    objectives: Sequence[Objective]
    canvas: Canvas
    views: Views
    restraint: Restraint
    at_once: int
    seed: int

    def climb(self, optimiser: torch.optim.Optimizer, steps: int) -> Iterator[Step]:
        """Make so many steps.

        Raises:
            NonFiniteError: a score is NaN or infinite.
        """
        usual = self.network.follow(self.nodes)
        first = self.network.follow(before_flat(self.network, self.nodes))
        noise = torch.Generator(self.network.device).manual_seed(self.seed + (2 << 32))
        for step in range(steps):
            with plain(), torch.enable_grad():
                waking = step < _WAKING
                scores = self._step(first if waking else usual, noise, waking=waking)
                optimiser.step()
            if not bool(torch.isfinite(scores).all()):
                broken = self.objectives[int((~torch.isfinite(scores)).nonzero()[0])]
                raise NonFiniteError(
                    f"The score of {broken.text} became NaN or infinite at step {step + 1}. "
                    "The network overflows on this picture: check its weights and its preparation."
                )
            yield Step(step + 1, scores)

    def _step(self, follow: Follow, noise: torch.Generator, *, waking: bool) -> Float[Tensor, " batch"]:
        """Give the parameters their gradients, and tell the scores."""
        pixels = self.canvas.pixels()
        leaf = pixels.detach().requires_grad_()
        places = self.views.places()
        slope, scores = self._through(follow, leaf, places, noise)
        if waking:
            slope = self._woken(slope, leaf, places, noise)
        wanted = slope + restrained(leaf, self.restraint)
        found = torch.autograd.grad(pixels, self.canvas.parameters, -wanted)
        for parameter, own in zip(self.canvas.parameters, found, strict=True):
            parameter.grad = own
        return scores

    @property
    def nodes(self) -> tuple[str, ...]:
        """The values of the graph that are read."""
        found = [node for objective in self.objectives for node in objective.nodes]
        layer = self.restraint.layer
        return tuple(dict.fromkeys([*found, *([] if layer is None else [layer.node])]))

    def _woken(self, slope: Tensor, leaf: Tensor, places: Tensor, noise: torch.Generator) -> Tensor:
        """The gradient, for pictures that have none at all that through flat activations."""
        asleep = ~slope.flatten(1).any(1)
        if not bool(asleep.any()):
            return slope
        follow = self.network.follow(before_flat(self.network, self.nodes), rules=AWAKE)
        woken, _ = self._through(follow, leaf, places, noise)
        return torch.where(asleep[:, None, None, None], woken, slope)

    def _through(
        self, follow: Follow, leaf: Tensor, places: Tensor, noise: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """The gradient with respect to the pixels, and the mean score of each picture's views."""
        total, scores = torch.zeros_like(leaf), []
        each = self.views.each
        for start in range(0, len(places), self.at_once):
            some = places[start : start + self.at_once]
            owners = [(start + place) // each for place in range(len(some))]
            pictures = leaf[start : start + len(some)] if each == 1 else leaf[owners]
            values = follow(self._input(pictures, some, noise))
            found, wanted = self._scored(dict(zip(self.nodes, values, strict=True)), owners)
            (slope,) = torch.autograd.grad(wanted, leaf)
            total += slope
            scores.append(found)
        return total, torch.cat(scores).view(-1, each).mean(1)

    def _input(self, pictures: Tensor, places: Tensor, noise: torch.Generator) -> Tensor:
        """Views as the network reads them: moved first, normalised last."""
        preparation = self.network.preparation
        shown = seen(pictures, places, preparation.rows, preparation.columns)
        if self.views.noise:
            drawn = torch.randn(shown.shape, generator=noise, device=shown.device)
            shown = shown + self.views.noise * drawn
        return preparation.normalised(shown).to(self.network.dtype)

    def _scored(self, values: dict[str, Tensor], owners: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The score of each view, and the sum that is increased."""
        scores = [
            self.objectives[owner].score({node: value[i : i + 1] for node, value in values.items()})
            for i, owner in enumerate(owners)
        ]
        found = torch.cat(scores)
        wanted = found.sum() / self.views.each
        layer = self.restraint.layer
        if layer is not None and layer.places is not None:
            wanted = wanted - self.restraint.diversity * likeness(layer.places.maps(values[layer.node]))
        return found.detach(), wanted
