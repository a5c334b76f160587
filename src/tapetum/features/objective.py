"""An objective: what a picture is changed to increase."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import LayerError, TargetError
from tapetum.features.syntax import Wish, read
from tapetum.network import Layer, Network, find_index
from tapetum.network.targets import class_logits

_FLOOR = 0.1
"""Below this similarity a direction is not followed less for pointing elsewhere."""


@dataclass(frozen=True, eq=False)
class Term:
    """One unit of the network that is wanted, with its weight.

    Attributes:
        text: the unit, as `parse_objective` reads it.
        node: the value of the graph that the score is computed from.
        score: gives one number per picture from that value.
        weight: what the score is multiplied by.
        category: the index of the class, where the unit is one.
    """

    text: str
    node: str
    score: Callable[[Tensor], Float[Tensor, " batch"]]
    weight: float = 1.0
    category: int | None = None


@dataclass(frozen=True, eq=False)
class Objective:
    """A weighted sum of units: what a picture is changed to increase.

    Objectives can be added, subtracted and multiplied by numbers.
    """

    terms: tuple[Term, ...]

    @property
    def text(self) -> str:
        """The objective as one text, which `parse_objective` reads again unless it holds a direction."""
        parts = []
        for place, term in enumerate(self.terms):
            sign = "-" if term.weight < 0 else "+" if place else ""
            factor = "" if abs(term.weight) == 1 else f"{abs(term.weight):g}*"
            parts.append(f"{sign}{' ' if place else ''}{factor}{term.text}")
        return " ".join(parts)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The values of the graph that the score is computed from."""
        return tuple(dict.fromkeys(term.node for term in self.terms))

    @property
    def category(self) -> int | None:
        """The index of the class that is wanted, where that is all."""
        only = self.terms[0]
        return only.category if len(self.terms) == 1 and only.weight > 0 else None

    def score(self, values: Mapping[str, Tensor]) -> Float[Tensor, " batch"]:
        """Σ weight · score of the unit, one number per picture, from values of the graph by node."""
        return torch.stack([term.weight * term.score(values[term.node]) for term in self.terms]).sum(0)

    def __add__(self, other: "Objective") -> "Objective":
        return Objective(self.terms + other.terms)

    def __sub__(self, other: "Objective") -> "Objective":
        return self + -other

    def __mul__(self, factor: int | float) -> "Objective":
        return Objective(tuple(replace(term, weight=factor * term.weight) for term in self.terms))

    __rmul__ = __mul__

    def __neg__(self) -> "Objective":
        return self * -1.0


def parse_objective(network: Network, text: str) -> Objective:
    """What a text wants of a network.

    | written | score, per picture |
    |---|---|
    | `class:leopard`, `class:288`, `class:"Shih-Tzu"` | the logit of the class |
    | `layer4.1:12` | the mean of channel 12 over its positions |
    | `layer4.1:12@3,4` | channel 12 at row 3, column 4 |
    | `layer4.1:*` | √ of the mean of the squares of the whole layer: whatever it already sees, more of it |
    | `class:leopard + 0.5*class:zebra - layer3:7` | their weighted sum |

    A minus after a label without quotation marks needs a space before it.

    Raises:
        ObjectiveError: the text cannot be read, or names what the network does not have; a caret shows where.

    Example:
        >>> import tapetum
        >>> parse_objective(tapetum.load("lite0"), 'class:leopard + 0.5 * class:"Shih-Tzu"').text
        'class:leopard + 0.5*class:"Shih-Tzu"'
    """
    return Objective(tuple(_term(network, wish, text) for wish in read(text)))


def class_objective(network: Network, index: int) -> Objective:
    """The logit of a class; of a network with the one logit z, class 1 is +z and class 0 is −z."""
    label = network.labels[index]
    written = label if label.isalnum() and not label.isdigit() else f'"{label}"'
    if network.labels.count(label) > 1 or '"' in label:
        written = str(index)
    score = functools.partial(_logit, index=index)
    return Objective((Term(f"class:{written}", network.output, score, category=index),))


def _logit(value: Tensor, index: int) -> Float[Tensor, " batch"]:
    return class_logits(value)[:, index]


def channel_objective(layer: Layer, channel: int, position: tuple[int, int] | None = None) -> Objective:
    """The mean of a channel over its positions, or its value at one of them."""
    place = "" if position is None else f"@{position[0]},{position[1]}"

    def score(value: Tensor) -> Float[Tensor, " batch"]:
        if layer.places is None:
            return value[:, channel]
        maps = layer.places.maps(value)[:, channel]
        return maps.mean((1, 2)) if position is None else maps[:, position[0], position[1]]

    return Objective((Term(f"{layer.name}:{channel}{place}", layer.node, score),))


def layer_objective(layer: Layer) -> Objective:
    """The root of the mean square of all values of a layer: the objective of dreams."""
    return Objective(
        (Term(f"{layer.name}:*", layer.node, lambda v: (v.flatten(1).square().mean(1) + 1e-12).sqrt()),)
    )


def direction_objective(
    layer: Layer,
    vector: Float[Tensor, " channels"] | Sequence[float],
    position: tuple[int, int] | None = None,
    *,
    faithfulness: float = 1.0,
) -> Objective:
    r"""A direction over the channels of a layer, everywhere or at one position.

    \( s = (a \cdot \hat v) \max(0.1, \cos(a, v))^{f} \), averaged over positions; \( \hat v = v / |v| \).

    Args:
        layer: a layer with channels.
        vector: one number per channel; its length does not matter.
        position: row and column; None is every position.
        faithfulness: f; 0 wants much of the direction, more wants little of anything else.

    Raises:
        LayerError: another number of channels, a vector of zeros, or a position that is not there.

    Reference:
        Carter et al. (2019), Activation Atlas.
    """
    wanted = torch.as_tensor(vector, dtype=torch.float32).flatten()
    if len(wanted) != channels_of(layer) or not bool(wanted.any()) or not bool(wanted.isfinite().all()):
        raise LayerError(
            f"The direction has {len(wanted)} numbers, and {layer.name} has {channels_of(layer)} channels. "
            "Give one finite number for each, not all of them 0."
        )
    if position is not None and not inside(layer, position):
        raise LayerError(f"{layer.name} has no position {position}. {_positions(layer)}")
    wanted = wanted / wanted.norm()
    place = "" if position is None else f"@{position[0]},{position[1]}"

    def score(value: Tensor) -> Float[Tensor, " batch"]:
        maps = layer.places.maps(value).flatten(2) if layer.places is not None else value[:, :, None]
        if position is not None and layer.places is not None:
            start = position[0] * layer.places.columns + position[1]
            maps = maps[:, :, start : start + 1]
        along = torch.einsum("nkp,k->np", maps, wanted.to(maps))
        likeness = along / maps.norm(dim=1).clamp_min(1e-6)
        found: Tensor = (along * likeness.clamp_min(_FLOOR) ** faithfulness).mean(1)
        return found

    return Objective((Term(f"{layer.name}:direction{place}", layer.node, score),))


def channels_of(layer: Layer) -> int:
    """How many channels a layer has.

    Raises:
        LayerError: its values are neither maps nor one vector per picture.
    """
    if layer.places is not None:
        return layer.shape[layer.places.channel - 1]
    if len(layer.shape) != 1:
        raise LayerError(
            f"The layer {layer.name} has the shape {layer.shape}, in which no channels can be told. "
            f"Choose another layer, or want all of it: {layer.name}:*."
        )
    return layer.shape[0]


def inside(layer: Layer, position: tuple[int, int]) -> bool:
    """Whether a layer has this row and column."""
    places = layer.places
    return places is not None and 0 <= position[0] < places.rows and 0 <= position[1] < places.columns


def _positions(layer: Layer) -> str:
    if layer.places is None:
        return "It has no rows and columns: leave the position out."
    return f"Its rows are 0 to {layer.places.rows - 1}, its columns 0 to {layer.places.columns - 1}."


def _term(network: Network, wish: Wish, text: str) -> Term:
    """A written term, looked up in the network."""
    if wish.layer is None:
        try:
            found = class_objective(network, find_index(wish.unit.text, network.labels))
        except TargetError as error:
            raise wish.unit.error(str(error), text) from error
        return (wish.weight * found).terms[0]
    try:
        layer = network.layer(wish.layer.text)
        channels = 0 if wish.unit.text == "*" else channels_of(layer)
    except LayerError as error:
        raise wish.layer.error(str(error), text) from error
    if wish.unit.text == "*":
        return (wish.weight * layer_objective(layer)).terms[0]
    channel = int(wish.unit.text[:18])
    if channel >= channels:
        raise wish.unit.error(
            f"{layer.name} has no channel {wish.unit.text}. Its channels are 0 to {channels - 1}.", text
        )
    position = None
    if wish.position is not None:
        row, column = wish.position
        position = int(row.text[:18]), int(column.text[:18])
        if not inside(layer, position):
            outside = column if inside(layer, (position[0], 0)) else row
            raise outside.error(
                f"{layer.name} has no position {position[0]},{position[1]}. {_positions(layer)}", text
            )
    return (wish.weight * channel_objective(layer, channel, position)).terms[0]
