"""Silence: how many channels of a layer say nothing about a picture."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tapetum.errors import PictureError
from tapetum.features.feature_maps import maps_of
from tapetum.features.steps import chosen_steps
from tapetum.features.strength import silent
from tapetum.network import Network
from tapetum.progress import stage
from tapetum.results import Silence, SilentLayer


def silence(network: Network, pictures: Any, *, layer: str | Sequence[str] | None = None) -> Silence:
    """How many channels of each layer are silent: the deeper a layer, the more select its channels.

    A channel is silent on a picture where max |A_c| < 0.01 · max |A| over the layer. `silent` is the mean
    share over the pictures, `always` the share of channels that are silent on every one of them, `zeros` the
    mean share of values that are exactly zero, as a rectifier leaves them. A layer that ends without a
    rectifier (a linear bottleneck, a sum) has no zeros, and hardly a silent channel.

    Args:
        network: the captured classifier.
        pictures: one or many, anything that `open_picture` takes, or a prepared batch.
        layer: names, or "all"; by default the steps of the journey.

    Raises:
        LayerError: an unknown layer.
        PictureError: a picture that cannot be read, or none.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> tapetum.silence(net, "sample:cat").layers[0].silent
        0.0
    """
    given = pictures if isinstance(pictures, list | tuple | Tensor) else [pictures]
    if not len(given):
        raise PictureError("There are no pictures. Give at least one.")
    steps = chosen_steps(network, layer)
    names = [step.layer.name for step in steps]
    shares = torch.zeros(2, len(steps), dtype=torch.float64)
    always: dict[int, Tensor] = {}
    sizes: dict[int, tuple[int, ...]] = {}
    with stage("Listening", len(given)) as advance:
        for number in range(len(given)):
            values = network.activations(network.inputs(given[number : number + 1]).batch, names)
            for place, step in enumerate(steps):
                maps = maps_of(step, values.pop(step.layer.name))
                quiet = silent(maps)
                shares[0, place] += quiet.double().mean()
                shares[1, place] += (maps == 0).double().mean()
                always[place] = quiet & always.get(place, quiet)
                sizes[place] = tuple(maps.shape)
            advance(1)
    shares /= len(given)
    return Silence(
        network=network.name,
        fingerprint=network.fingerprint,
        pictures=len(given),
        layers=tuple(
            SilentLayer(
                layer=step.layer.name,
                title=step.title,
                channels=sizes[place][0],
                rows=sizes[place][1],
                columns=sizes[place][2],
                silent=float(shares[0, place]),
                always=float(always[place].double().mean()),
                zeros=float(shares[1, place]),
            )
            for place, step in enumerate(steps)
        ),
    )
