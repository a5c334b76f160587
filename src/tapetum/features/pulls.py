"""What a dream is pulled towards: the terms of an objective, put into a form that tiles can share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import ObjectiveError
from tapetum.features.objective import Term, parse_objective
from tapetum.features.syntax import Wish, read
from tapetum.network import Layer, Network
from tapetum.network.surroundings import plain

Guides = Mapping[str, Float[Tensor, "channel positions"]]
"""The values of layers on a guiding picture, by the layer's name."""

_COMPARED = 2**24
"""So many pairs of positions are compared at once."""


@dataclass(frozen=True, eq=False)
class Pull:
    """Terms about the same values, which are weighed as one: by the largest of their weights.

    `score` of the values is larger where there is more of what is wanted; its gradient at a position does
    not depend on other positions, so that the tiles of a picture fit together.
    """

    node: str
    terms: tuple[tuple[Term, Wish], ...]
    guides: Guides
    layer: Layer | None

    @property
    def weight(self) -> float:
        """The largest weight of a term, without its sign."""
        return max(abs(term.weight) for term, _ in self.terms) or 1.0

    def score(self, values: Tensor) -> Float[Tensor, ""]:
        """Σ weight · score, of a batch of one, for weights of at most 1."""
        found = [term.weight / self.weight * self._score(term, wish, values) for term, wish in self.terms]
        return torch.stack(found).sum()

    def _score(self, term: Term, wish: Wish, values: Tensor) -> Float[Tensor, ""]:
        if wish.unit.text != "*" or self.layer is None:
            return term.score(values).sum()
        if self.layer.name in self.guides:
            return _likeness(_positions(self.layer, values), self.guides[self.layer.name])
        return values.square().mean() / 2


def check_wishes(network: Network, text: str, *, guided: bool) -> None:
    """Refuse an objective that no dream can follow, before anything is computed.

    Raises:
        ObjectiveError: it cannot be read, names a position, or leaves a guide without a whole layer.
    """
    parse_objective(network, text)
    wishes = read(text)
    for wish in wishes:
        if wish.position is not None:
            raise wish.position[0].error(
                "A dream fills the whole picture, so a unit in it has no position. Leave the position out.",
                text,
            )
    if guided and all(wish.unit.text != "*" or wish.layer is None for wish in wishes):
        raise ObjectiveError(
            "A guide tells what whole layers should look for, and the objective has none. Add one: LAYER:*.",
            text,
            0,
            len(text),
        )


@plain()
def guides(network: Network, picture: Any, text: str) -> dict[str, Float[Tensor, "channel positions"]]:
    """The values of every whole layer of an objective on a guiding picture."""
    layers = [network.layer(w.layer.text) for w in read(text) if w.layer is not None and w.unit.text == "*"]
    values = network.values(network.inputs(picture).batch, layers)
    return {layer.name: _positions(layer, value).clone() for layer, value in zip(layers, values, strict=True)}


def pulls(network: Network, text: str, guided: Guides) -> tuple[Pull, ...]:
    """The terms of an objective for a network of any input size, those about the same values together."""
    groups: dict[tuple[str, bool], list[tuple[Term, Wish]]] = {}
    for term, wish in zip(parse_objective(network, text).terms, read(text), strict=True):
        groups.setdefault((term.node, wish.unit.text == "*"), []).append((term, wish))
    return tuple(
        Pull(node, tuple(terms), guided, _layer(network, terms)) for (node, _), terms in groups.items()
    )


def _layer(network: Network, terms: Sequence[tuple[Term, Wish]]) -> Layer | None:
    written = terms[0][1].layer
    return None if written is None else network.layer(written.text)


def _positions(layer: Layer, values: Tensor) -> Float[Tensor, "channel positions"]:
    """The values of one picture, a column per position."""
    if layer.places is None:
        return values[0].flatten()[:, None]
    return layer.places.maps(values)[0].flatten(1)


def _likeness(
    values: Float[Tensor, "channel positions"], guide: Float[Tensor, "channel others"]
) -> Float[Tensor, ""]:
    """Mean over positions of the largest dot product with any position of the guide."""
    with torch.no_grad():
        at_once = max(1, _COMPARED // guide.shape[1])
        nearest = torch.cat(
            [(part.T @ guide).argmax(1) for part in torch.split(values.detach(), at_once, dim=1)]
        )
    return (values * guide[:, nearest]).sum(0).mean()
