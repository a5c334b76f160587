"""One channel of a layer, looked at closely."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from tapetum.errors import LayerError
from tapetum.features.feature_maps import maps_of, one_input
from tapetum.features.steps import chosen_steps
from tapetum.network import Network
from tapetum.progress import stage
from tapetum.results import ChannelFilter, ChannelView, Histogram

_BINS = 32


def channel_view(network: Network, picture: Any, layer: str, channel: int) -> ChannelView:
    """One channel on one picture: its map A_c, the kernels that make it, and its weight towards each class.

    Args:
        network: the captured classifier.
        picture: anything that `open_picture` takes, or a prepared batch of one.
        layer: a layer with one map or one value per channel.
        channel: counted from 0.

    Raises:
        LayerError: an unknown layer, or a channel that it does not have.
        PictureError: a picture that cannot be read, or several.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> found = channel_view(net, "sample:cat", "bn1", 7)
        >>> found.filter.layer, found.filter.kernels.shape
        ('conv_stem', (3, 3, 3))
    """
    inputs = one_input(network, picture)
    (step,) = chosen_steps(network, [network.layer(layer).name])
    logits, values = network.watch(inputs.batch, [step.layer.name])
    maps = maps_of(step, values[step.layer.name])
    _check_channel(step.layer.name, channel, len(maps))
    (prediction,) = network.predictions(logits, ["picture"])
    pooled = network.pooled_layer
    weights = network.class_weights if pooled is not None and pooled.node == step.layer.node else None
    return ChannelView(
        layer=step.layer.name,
        channel=channel,
        title=step.title,
        values=maps[channel].numpy(),
        filter=_filter(network, step.layer.name, channel),
        weights=None if weights is None else weights[:, channel].numpy(),
        labels=tuple(network.labels),
        predicted=tuple(score.index for score in prediction),
    )


def channel_values(
    network: Network, pictures: Sequence[Any], layer: str
) -> Float[np.ndarray, "picture channel rows columns"]:
    """The maps of a layer on several pictures, one after the other.

    Raises:
        LayerError: an unknown layer.
    """
    (step,) = chosen_steps(network, [network.layer(layer).name])
    found = []
    with stage("Feature maps", len(pictures)) as advance:
        for picture in pictures:
            batch = network.inputs(picture).batch
            value = network.activations(batch, [step.layer.name])[step.layer.name]
            found.append(maps_of(step, value).numpy())
            advance(1)
    return np.stack(found)


def histogram(
    values: Float[np.ndarray, "picture channel rows columns"], layer: str, channel: int
) -> Histogram:
    """The histogram of one channel over pictures, in 32 bins from its least to its largest value.

    Raises:
        LayerError: a channel that the layer does not have.
    """
    _check_channel(layer, channel, values.shape[1])
    counts, edges = np.histogram(values[:, channel].astype(np.float64), bins=_BINS)
    return Histogram(edges, counts.astype(np.int64), len(values))


def _check_channel(layer: str, channel: int, count: int) -> None:
    if not 0 <= channel < count:
        raise LayerError(f"The layer {layer} has no channel {channel}. Its channels are 0 to {count - 1}.")


def _filter(network: Network, layer: str, channel: int) -> ChannelFilter | None:
    convolution = network.sums_of(network.layer(layer))
    found = network.filters(convolution)
    if found is None or channel >= len(found.weight):
        return None
    kernels: Tensor = found.weight[channel]
    first = channel // (len(found.weight) // found.groups) * len(kernels)
    return ChannelFilter(
        layer=convolution.name,
        inputs=tuple(range(first, first + len(kernels))),
        kernels=kernels.numpy(),
        groups=found.groups,
        colour=found.reads_picture and len(kernels) == 3,
    )
