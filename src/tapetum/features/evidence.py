"""Evidence: the way back from a verdict to patches of the picture, through the strongest units."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tapetum.errors import LayerError, MethodError, NonFiniteError, TargetError
from tapetum.network import Layer, Network, Stage, TargetLike
from tapetum.network.arithmetic import Ledger
from tapetum.network.surroundings import plain
from tapetum.network.targets import NO_SLOPE
from tapetum.network.tokens import Places
from tapetum.pictures import PictureSource
from tapetum.progress import stage
from tapetum.results import Arithmetic, Evidence, EvidenceUnit, Split, Unit
from tapetum.results.evidence import How

_CARDS = 8
"""Operations that one unit is written out back to, at most."""


def evidence(
    network: Network,
    picture: PictureSource | Tensor,
    target: TargetLike = None,
    *,
    width: int = 3,
) -> Evidence:
    r"""The way back from the verdict: which units of each layer it rests on, down to patches of the picture.

    The score is split over the channels of the last layer with positions. Behind pooling and a linear layer
    the split is exact: \( s = \sum_{kij} \frac{w_k}{HW} A_{kij} + b \). Everywhere else a value is split over
    the layer before by gradient × value, \( v \approx \sum_{kij} A_{kij} \, \partial v / \partial A_{kij} \):
    exact but for biases where a network is piecewise linear (ReLU); each split tells its residual. What is
    split is the unit's value before its own activation, which may be saturated. The `width` strongest
    channels with the value's sign are kept, each at its strongest position; the path goes on from there.
    Every unit that is kept is also written out, term by term, and checked.

    Args:
        network: the captured classifier.
        picture: anything that `open_picture` takes, or a prepared batch of one.
        target: class index, label, difference "one - other", or a function of the logits; None is the
            predicted class.
        width: how many channels are kept of each split.

    Raises:
        TargetError: not a class of this network, or a function that does not depend on the logits.
        LayerError: a network without any layer of rows and columns before its verdict.
        MethodError: a width below 1 or above 8.
        NonFiniteError: NaN or infinity among the terms.
        PictureError: more than one picture.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> found = evidence(net, tapetum.sample("cat"), "Egyptian cat", width=2)
        >>> found.root.how, [lane[-1].title for lane in found.lanes()]
        ('exact', ['stem', 'stem'])
    """
    if not 1 <= width <= 8:
        raise MethodError(f"The width of an evidence path is {width}. Use 1 to 8 units for each step.")
    levels = network.levels
    if not levels:
        raise LayerError(
            f"{network.name} has no layer with rows and columns before its verdict, so there is no path back "
            "to places of the picture. Use methods that need none: saliency, occlusion."
        )
    inputs = network.inputs(picture)
    aim = network.aim(inputs, target)
    item = aim.targets.items[0]
    how: How = "exact" if network.pooled_layer is not None and item.kind != "custom" else "gradient × value"
    nodes = [step.layer.node for step in levels]
    with plain(), torch.enable_grad(), stage("Following the evidence", width * len(levels)) as advance:
        leaf = inputs.batch.clone().requires_grad_()
        found = network.follow([*nodes, *map(network.summed, nodes), network.output])(leaf)
        score = aim.targets.score(found[-1])[0]
        if not math.isfinite(float(score.detach())):
            raise NonFiniteError(
                "The score is NaN or infinite, so nothing can be followed back from it. "
                "Check the network's weights and the preparation."
            )
        if not score.requires_grad:
            raise TargetError(NO_SLOPE)
        ledger = network.ledger(inputs)
        ledger.read_all()
        values, sums = found[: len(levels)], found[len(levels) : -1]
        path = _Path(network, ledger, levels, values, sums, leaf, width, advance)
        root = path.split(score, len(levels) - 1, how)
    return Evidence(
        network=network.name,
        fingerprint=network.fingerprint,
        picture=inputs.pictures[0].name if inputs.pictures else "picture",
        target=item,
        score=float(score.detach()),
        root=root,
        size=network.input_shape[1:],
        seen=inputs.seen[0] if inputs.seen else None,
    )


@dataclass(frozen=True, eq=False)
class _Path:
    """What the steps of one path share: the pass that gradients go back through, and the ledger.

    `sums` are the levels' values before their activation: where that is saturated, it has no gradient left.
    """

    network: Network
    ledger: Ledger
    levels: tuple[Stage, ...]
    values: tuple[Tensor, ...]
    sums: tuple[Tensor, ...]
    leaf: Tensor
    width: int
    advance: Callable[[int], None]

    def split(self, value: Tensor, level: int, how: How, *, all_on: bool = True) -> Split:
        """A value as contributions of a layer's channels; all kept ones are followed, or the strongest."""
        layer, title = self.levels[level].layer, self.levels[level].title
        (slope,) = torch.autograd.grad(value, self.values[level], retain_graph=True, materialize_grads=True)
        places = _places(layer)
        found = self.values[level].detach()
        contributions = places.maps(slope * found)[0].double()
        each = contributions.sum((1, 2))
        total = float(value.detach())
        sign = -1.0 if total < 0 else 1.0
        order = (sign * each).argsort(descending=True)[: self.width].tolist()
        kept = [channel for channel in order if sign * float(each[channel]) > 0]
        maps = places.maps(found)[0]
        units = tuple(
            self._unit(
                level,
                channel,
                maps[channel],
                contributions[channel],
                sign,
                follow=all_on or not place,
            )
            for place, channel in enumerate(kept)
        )
        supports = sign * each
        return Split(
            how=how,
            layer=layer.name,
            title=title,
            channels=len(each),
            value=total,
            kept=units,
            supporting=sign * float(supports.clamp(min=0).sum()),
            opposing=sign * float(supports.clamp(max=0).sum()),
            residual=total - float(each.sum()),
        )

    def _unit(
        self,
        level: int,
        channel: int,
        values: Tensor,
        contributions: Tensor,
        sign: float,
        *,
        follow: bool,
    ) -> EvidenceUnit:
        layer = self.levels[level].layer
        sums = _places(layer).maps(self.sums[level].detach())[0, channel]
        row, column = _strongest((sign * contributions).cpu(), sums.abs().cpu())
        unit = Unit(layer.name, channel, row, column)
        facts: dict[str, Any] = {}
        if follow:
            value = self.sums[level][self.network.index(layer, channel, row, column)]
            (slope,) = torch.autograd.grad(value, self.leaf, retain_graph=True, materialize_grads=True)
            facts["glow"] = slope.abs().mean((0, 1)).double().cpu().numpy()
            self.advance(1)
            if level:
                facts["split"] = self.split(value, level - 1, "gradient × value", all_on=False)
        return EvidenceUnit(
            unit=unit,
            title=self.levels[level].title,
            value=float(values[row, column]),
            contribution=float(contributions.sum()),
            here=float(contributions[row, column]),
            map=values.float().cpu().numpy(),
            box=self.network.field(layer, row, column)[1],
            cards=self._cards(layer, unit),
            **facts,
        )

    def _cards(self, layer: Layer, unit: Unit) -> tuple[Arithmetic, ...]:
        """A unit written out, and what it is computed from, back to an operation with several terms."""
        found: list[Arithmetic] = []
        step: tuple[Layer, Unit] | None = (layer, unit)
        while step is not None and len(found) < _CARDS and self.ledger.has_rule(step[0]):
            found.append(self.ledger.arithmetic(*step))
            step = self.ledger.before(found[-1])
        return tuple(found)


def _strongest(contributions: Tensor, sums: Tensor) -> tuple[int, int]:
    """Where the largest contribution is; of equal ones, as behind a saturated activation, by its input."""
    largest = float(contributions.max())
    equal = contributions >= largest - 1e-6 * abs(largest)
    place = int(torch.where(equal, sums, -1.0).argmax())
    return divmod(place, contributions.shape[1])


def _places(layer: Layer) -> Places:
    assert layer.places is not None
    return layer.places
