"""Feature maps: the values of a layer on one picture, a map per channel."""

from collections.abc import Sequence
from typing import Any, Literal, overload

import torch
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import LayerError, NonFiniteError, PictureError
from tapetum.features.steps import Step, chosen_steps
from tapetum.features.strength import silent, strongest_first
from tapetum.network import Inputs, Network
from tapetum.pictures import PictureSource
from tapetum.results import LayerSheet

AT_ALL = 32
"""Maps per layer of "all", where nobody says how many."""


@overload
def feature_maps(  # type: ignore[overload-overlap]  # "all" is a text too
    network: Network,
    picture: PictureSource | Tensor,
    layer: Literal["all"],
    *,
    strongest: int | None = None,
    channels: Sequence[int] | None = None,
) -> tuple[LayerSheet, ...]: ...


@overload
def feature_maps(  # type: ignore[overload-overlap]  # one text is a sequence of texts too
    network: Network,
    picture: PictureSource | Tensor,
    layer: str,
    *,
    strongest: int | None = None,
    channels: Sequence[int] | None = None,
) -> LayerSheet: ...


@overload
def feature_maps(
    network: Network,
    picture: PictureSource | Tensor,
    layer: Sequence[str],
    *,
    strongest: int | None = None,
    channels: Sequence[int] | None = None,
) -> tuple[LayerSheet, ...]: ...


def feature_maps(
    network: Network,
    picture: PictureSource | Tensor,
    layer: str | Sequence[str],
    *,
    strongest: int | None = None,
    channels: Sequence[int] | None = None,
) -> LayerSheet | tuple[LayerSheet, ...]:
    """The values of a layer on one picture: A[c, i, j], one map per channel c.

    Values are raw and signed, at the layer's own size. A layer without rows and columns gives one value per
    channel; the tokens of a transformer are put back to where they lie in the picture. The graph is the
    faithful one: a batch-norm, a rectifier and a pooling each have their own values.

    Args:
        network: the captured classifier.
        picture: anything that `open_picture` takes, or a prepared batch of one.
        layer: one name for one sheet; several names, or "all" for every layer that computes something, for
            a sheet each, from one forward pass.
        strongest: keep the k channels that vary most over the picture, the strongest first; by default all,
            of "all" layers the 32 strongest of each. A layer without rows and columns stays whole.
        channels: keep these channels, in this order.

    Raises:
        LayerError: an unknown layer or channel, or fewer than one map asked for.
        PictureError: a picture that cannot be read, or several.
        NonFiniteError: the layer's values hold NaN or infinity.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> tapetum.feature_maps(net, "sample:cat", "blocks.2").values.shape
        torch.Size([40, 8, 8])
    """
    one = isinstance(layer, str) and layer != "all"
    wanted = [network.layer(layer).name] if isinstance(layer, str) and one else layer
    if layer == "all" and strongest is None and channels is None:
        strongest = AT_ALL
    inputs, steps = one_input(network, picture), chosen_steps(network, wanted)
    check_count(strongest)
    values = network.activations(inputs.batch, [step.layer.name for step in steps])
    found = sheets(network, inputs, steps, values, strongest=strongest, channels=channels)
    return found[0] if one else found


def one_input(network: Network, picture: Any) -> Inputs:
    """A single picture as the network's input.

    Raises:
        PictureError: several pictures, or one that cannot be read.
    """
    inputs = network.inputs(picture)
    if len(inputs.batch) != 1:
        raise PictureError(f"There are {len(inputs.batch)} pictures, and one is looked at here. Give one.")
    return inputs


def check_count(strongest: int | None) -> None:
    """Refuse to keep no map.

    Raises:
        LayerError: fewer than one.
    """
    if strongest is not None and strongest < 1:
        raise LayerError(f"The {strongest} strongest channels were asked for. Ask for at least one.")


def sheets(
    network: Network,
    inputs: Inputs,
    steps: Sequence[Step],
    values: dict[str, Tensor],
    *,
    strongest: int | None = None,
    channels: Sequence[int] | None = None,
) -> tuple[LayerSheet, ...]:
    """A sheet for each of these steps, from the values of their layers, which are taken out as they go."""
    name = inputs.pictures[0].name if inputs.pictures else "picture 0"
    facts = (name, network.name, network.fingerprint)
    return tuple(
        _sheet(step, maps_of(step, values.pop(step.layer.name)), strongest, channels, facts) for step in steps
    )


def maps_of(step: Step, value: Tensor) -> Float[Tensor, "channel rows columns"]:
    """The values of one picture as a map per channel; of a layer without positions, maps of one value."""
    places = step.layer.places
    maps = value.flatten(1)[:, :, None, None] if places is None else places.maps(value)
    return maps[0].float().cpu()


def _sheet(
    step: Step,
    maps: Float[Tensor, "channel rows columns"],
    strongest: int | None,
    channels: Sequence[int] | None,
    facts: tuple[str, str, str],
) -> LayerSheet:
    layer = step.layer
    if not bool(torch.isfinite(maps).all()):
        raise NonFiniteError(
            f"The values of {layer.name} hold NaN or infinity. "
            "Check the network's weights, and that the preparation is the one it was trained with."
        )
    order = strongest_first(maps)
    whole = maps.shape[1] * maps.shape[2] == 1
    kept = _kept(layer.name, order, None if whole else strongest, channels)
    return LayerSheet(
        layer=layer.name,
        title=step.title,
        module=layer.module,
        kind=layer.kind,
        values=maps if kept is None else maps[kept].clone(),
        indices=tuple(range(len(maps)) if kept is None else kept),
        channels=len(maps),
        silent=float(silent(maps).float().mean()),
        zeros=float((maps == 0).float().mean()),
        largest=float(maps.abs().max()),
        strongest=order[0],
        receptive_field=layer.receptive_field,
        stride=layer.stride,
        picture=facts[0],
        network=facts[1],
        fingerprint=facts[2],
    )


def _kept(
    layer: str, order: list[int], strongest: int | None, channels: Sequence[int] | None
) -> list[int] | None:
    """The channels to keep, in order; None for all."""
    if channels is not None:
        for channel in channels:
            if not 0 <= channel < len(order):
                raise LayerError(
                    f"The layer {layer} has no channel {channel}. Its channels are 0 to {len(order) - 1}."
                )
        if not channels:
            raise LayerError(f"No channel of the layer {layer} was asked for. Name at least one.")
        return list(channels)
    return None if strongest is None else order[:strongest]
