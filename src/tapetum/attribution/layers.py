"""Layers of class activation methods: choosing them, their maps and gradients, several maps as one."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from tapetum.errors import LayerError
from tapetum.network import Aim, Inputs, Layer, Network, TargetLike, Targets

Maps = Float[Tensor, "batch channel rows columns"]
Combine = Callable[[Tensor, Tensor], Tensor]
"""One map per picture from a layer's feature maps and the gradient of the score with respect to them."""


def choose(network: Network, layer: str | Sequence[str] | None) -> tuple[Layer, ...]:
    """One layer by its name, several as "one+other" or a list, or the default one; all have positions.

    Raises:
        LayerError: an unknown layer, or one without rows and columns.
    """
    chosen = network.chosen_layers(layer)
    for one in chosen:
        if not one.spatial:
            raise LayerError(
                f"The layer {one.name!r} has shape {one.shape}, without rows and columns to draw. "
                f"Choose one of: {', '.join(_examples(network)) or 'none here'}."
            )
    return chosen


def names(layers: Sequence[Layer]) -> str:
    """The layers as one text, which means them again."""
    return "+".join(layer.name for layer in layers)


def from_activations(
    network: Network,
    inputs: Inputs,
    target: TargetLike | Targets,
    layers: Sequence[Layer],
    combine: Callable[[Tensor], Tensor],
) -> tuple[Float[Tensor, "batch rows columns"], Aim]:
    """The fused maps of a method that looks at feature maps alone."""
    with network.remembering(inputs):
        aim = network.aim(inputs, target)
        _, values, engine = network.evaluate(inputs.batch, layers)
    maps = [combine(maps_of(layer, value)) for layer, value in zip(layers, values, strict=True)]
    return fused(maps), Aim(aim.logits, aim.targets, engine)


def from_gradients(
    network: Network,
    inputs: Inputs,
    target: TargetLike | Targets,
    layers: Sequence[Layer],
    combine: Combine,
) -> tuple[Float[Tensor, "batch rows columns"], Aim]:
    """The fused maps of a method that looks at feature maps and the gradient of the score there."""
    if len(layers) == 1:
        found = [network.gradient(inputs, target, layers[0])]
    else:
        with network.remembering(inputs):
            network.share(inputs, layers, layers)
            found = [network.gradient(inputs, target, layer) for layer in layers]
    maps = [
        combine(maps_of(layer, gradient.at), maps_of(layer, gradient.values))
        for layer, gradient in zip(layers, found, strict=True)
    ]
    return fused(maps), found[0].aim


def maps_of(layer: Layer, value: Tensor) -> Maps:
    """A layer's values, or their gradient, as one map per channel."""
    assert layer.places is not None
    return layer.places.maps(value)


def fused(maps: Sequence[Tensor]) -> Float[Tensor, "batch rows columns"]:
    """The maps of several layers as one: each divided by its largest value, on the finest grid, averaged.

    The map of one layer alone stays as it is, in its own units.
    """
    if len(maps) == 1:
        return maps[0]
    finest = max((tuple(one.shape[1:]) for one in maps), key=lambda shape: shape[0] * shape[1])
    total = maps[0].new_zeros(len(maps[0]), *finest)
    for one in maps:
        largest = one.abs().amax((1, 2), keepdim=True)
        even = one / torch.where(largest == 0, 1.0, largest)
        total += interpolate(even[:, None], finest, mode="bilinear", align_corners=False)[:, 0]
    return total / len(maps)


def _examples(network: Network) -> list[str]:
    """Names of layers that can be drawn."""
    found = [stage.layer.name for stage in network.stages]
    try:
        return list(dict.fromkeys([*found, network.layer().name]))
    except LayerError:
        return found
