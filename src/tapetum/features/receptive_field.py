"""Receptive fields: what a position of a layer can see of the picture, and what it sees in effect."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from tapetum.errors import NonFiniteError
from tapetum.network import Inputs, Layer, Network
from tapetum.network.surroundings import plain
from tapetum.pictures import SAMPLES, PictureSource, sample
from tapetum.progress import stage
from tapetum.results import ReceptiveField


def receptive_field(
    network: Network,
    layer: str,
    row: int | None = None,
    column: int | None = None,
    *,
    pictures: PictureSource | Sequence[PictureSource] | Tensor | None = None,
    channel: int | None = None,
) -> ReceptiveField:
    r"""What one position of a layer can see of the picture, and what it sees in effect.

    The theoretical field follows from kernels, strides, padding and dilation; it is exact at the borders and
    on branched networks. The effective field is \( \frac{1}{n} \sum_x |\partial y_{ij} / \partial x| \): the
    mean absolute gradient of the position's value with respect to each pixel, over the pictures and the
    colours. It is much smaller than the theoretical one, and strongest in the middle.

    Args:
        network: the captured classifier.
        layer: any layer; one without rows and columns sees the whole picture.
        row: of the layer's own map, from 0; None is its middle.
        column: likewise.
        pictures: one or many, or a prepared batch; by default the sample photographs.
        channel: whose value is meant; by default the sum of all channels at the position.

    Raises:
        LayerError: an unknown layer, or a position or channel that it does not have.
        NonFiniteError: NaN or infinity in the gradient.

    Reference:
        Luo et al. (2016), Understanding the Effective Receptive Field in Deep Convolutional Neural Networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0")
        >>> field = receptive_field(net, "blocks.2", pictures=tapetum.sample("cat"))
        >>> field.reach.size, field.effective_box.size < field.box.size
        ((67, 67), True)
    """
    given = [sample(name) for name in SAMPLES] if pictures is None else pictures
    several = given if isinstance(given, list | tuple | Tensor) else [given]
    first: Inputs | None = None
    place = _place(network, layer, row, column, channel)
    effective = np.zeros(network.input_shape[1:])
    with stage("Effective field", len(several)) as advance:
        for number in range(len(several)):
            inputs = network.inputs(several[number : number + 1])
            first = first or inputs
            effective += _effect(seeing(network, inputs, layer), place)
            advance(1)
    seen = first.seen[0] if first is not None and first.seen else None
    return _field(network, place, effective / max(1, len(several)), len(several), seen)


@dataclass(frozen=True, eq=False)
class Seeing:
    """A pass from one picture to a layer, which gradients can go back through again and again."""

    layer: Layer
    leaf: Tensor
    value: Tensor


def seeing(network: Network, inputs: Inputs, layer: str) -> Seeing:
    """A pass that `field_of` asks what a position sees.

    Raises:
        LayerError: an unknown layer.
    """
    found = network.layer(layer)
    with plain(), torch.enable_grad():
        leaf = inputs.batch.clone().requires_grad_()
        (value,) = network.follow([found.node])(leaf)
    return Seeing(found, leaf, value)


def field_of(
    network: Network, passed: Seeing, row: int | None, column: int | None, channel: int | None
) -> ReceptiveField:
    """What a position of the layer sees of the one picture of this pass; see `receptive_field`.

    Raises:
        LayerError: a position or a channel that the layer does not have.
        NonFiniteError: NaN or infinity in the gradient.
    """
    place = _place(network, passed.layer.name, row, column, channel)
    return _field(network, place, _effect(passed, place), 1, None)


@dataclass(frozen=True, eq=False)
class _Place:
    """A position of a layer, and the elements of its value there."""

    layer: Layer
    row: int | None
    column: int | None
    channel: int | None
    at: tuple[Any, ...]


def _place(network: Network, layer: str, row: int | None, column: int | None, channel: int | None) -> _Place:
    found = network.layer(layer)
    row, column = _middle(found, row, column)
    at: list[Any] = list(network.index(found, 0 if channel is None else channel, row, column))
    if channel is None:
        at[1 if found.places is None else found.places.channel] = slice(None)
    return _Place(found, row, column, channel, (slice(None), *at[1:]))


def _field(
    network: Network, place: _Place, effective: np.ndarray, pictures: int, seen: Image | None
) -> ReceptiveField:
    if not np.isfinite(effective).all():
        raise NonFiniteError(
            f"The gradient of {place.layer.name} holds NaN or infinity, so there is no effective field. "
            "Check the network's weights and the preparation."
        )
    reach, box = network.field(place.layer, place.row, place.column)
    return ReceptiveField(
        network=network.name,
        fingerprint=network.fingerprint,
        layer=place.layer.name,
        row=place.row,
        column=place.column,
        channel=place.channel,
        reach=reach,
        box=box,
        exact=place.layer.exact,
        effective=effective,
        pictures=pictures,
        seen=seen,
    )


def _middle(layer: Layer, row: int | None, column: int | None) -> tuple[int | None, int | None]:
    """The position that is meant: where none is given, the middle of the layer's map."""
    if layer.places is None:
        return row, column
    return layer.places.rows // 2 if row is None else row, (
        layer.places.columns // 2 if column is None else column
    )


def _effect(passed: Seeing, place: _Place) -> np.ndarray:
    """The absolute gradient of a position's value with respect to each pixel, mean over colours."""
    with plain(), torch.enable_grad():
        value = passed.value[place.at].sum()
        (slope,) = torch.autograd.grad(value, passed.leaf, retain_graph=True, materialize_grads=True)
    return np.asarray(slope.abs().mean((0, 1)).double().cpu().numpy())
