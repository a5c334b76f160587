"""Which real pictures, and which places in them, drive each channel of a layer most."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from tapetum.errors import LayerError, NonFiniteError, PictureError
from tapetum.network import Layer, Network
from tapetum.network.axes import Axis, Extent
from tapetum.pictures import Picture, open_picture
from tapetum.pictures.collection import Item, identity
from tapetum.results.examples import NOTHING, Examples, Patch

_AT_ONCE = 16
_NAMED = 100
_LONGEST = 160
"""Patches that are shown have at most so many rows and columns."""
_LOSSLESS = 64 * 64
"""Patches of at most so many pixels are kept as PNG, larger ones as JPEG."""


@dataclass(frozen=True, eq=False)
class _Seen:
    """A picture as the network sees it."""

    name: str
    image: Image.Image


def none_yet(network: Network, layer: Layer, k: int) -> Examples:
    """Examples of no pictures: what all others are merged into.

    Raises:
        LayerError: a layer whose values do not belong to channels.
    """
    channels = _channels(layer)
    return Examples(
        network=network.name,
        fingerprint=network.fingerprint,
        layer=layer.name,
        size=network.input_shape[1:],
        receptive_field=layer.receptive_field,
        values=np.full((channels, k), NOTHING, np.float32),
        means=np.zeros((channels, k), np.float32),
        pictures=np.zeros((channels, k), np.uint64),
        places=np.zeros((channels, k, 2), np.int32),
        boxes=np.zeros((channels, k, 4), np.int32),
        names={},
        patches={},
        seen=np.zeros(0, np.uint64),
    )


def strongest(
    network: Network,
    layer: Layer,
    items: Iterable[Item],
    found: Examples,
    done: Callable[[Examples, int], bool],
) -> Examples:
    """Go through pictures and keep, for each channel, those that drive it most.

    v_c(picture) = max over positions of the channel's value; the k pictures with the largest v_c are kept,
    between equal ones those with the larger mean.

    Args:
        network: the captured classifier.
        layer: one of its layers.
        items: the pictures; sixteen are held at a time.
        found: examples of earlier pictures; those that it knows are passed over.
        done: called with what is found so far and how many items were passed since; True ends.

    Raises:
        NonFiniteError: the layer's values hold NaN or infinity.
    """
    extent = network.extent(layer)
    left = iter(items)
    while chunk := list(islice(left, _AT_ONCE)):
        seen: dict[int, _Seen] = {}
        unreadable = []
        for item in chunk:
            try:
                fetched = item.fetch()
                picture = identity(fetched)
                if not found.knows(picture) and picture not in seen:
                    opened = open_picture(fetched, name=item.name)
                    name = fetched.name if isinstance(fetched, Picture) else item.name
                    seen[picture] = _Seen(name, network.preparation.seen(opened))
            except (PictureError, NonFiniteError) as error:
                unreadable.append((item.name, str(error)))
        found = replace(
            found,
            unreadable=(*found.unreadable, *unreadable)[:_NAMED],
            unreadable_count=found.unreadable_count + len(unreadable),
        )
        if seen:
            found = found.merged(_of_batch(network, layer, extent, seen, found))
        if done(found, len(chunk)):
            break
    return found


def _of_batch(
    network: Network, layer: Layer, extent: Extent, seen: dict[int, _Seen], before: Examples
) -> Examples:
    """Examples of a few pictures; only those are filled in that are stronger than the ones before."""
    batch = torch.stack([network.preparation.read(one.image) for one in seen.values()])
    (value,) = network.values(network.inputs(batch).batch, [layer])
    values, means, places = _peaks(layer, value)
    pictures = np.broadcast_to(np.array(list(seen), np.uint64), values.shape)
    boxes = _boxes(extent, network.input_shape[1:], places)
    last = (before.values[:, -1:], before.means[:, -1:], before.pictures[:, -1:])
    wanted = (values > last[0]) | (values == last[0]) & (
        (means > last[1]) | (means == last[1]) & (pictures < last[2])
    )
    patches: dict[Patch, bytes] = {}
    for picture, (top, left, bottom, right) in zip(
        pictures[wanted].tolist(), boxes[wanted].tolist(), strict=True
    ):
        key = (picture, top, left, bottom, right)
        if key not in patches:
            patches[key] = _encoded(seen[picture].image.crop((left, top, right, bottom)))
    return replace(
        before,
        values=np.where(wanted, values, NOTHING).astype(np.float32),
        means=means,
        pictures=pictures,
        places=places,
        boxes=boxes,
        names={picture: one.name for picture, one in seen.items()},
        patches=patches,
        seen=np.array(sorted(seen), np.uint64),
        unreadable=(),
        unreadable_count=0,
    )


def _channels(layer: Layer) -> int:
    if layer.places is not None:
        return layer.shape[layer.places.channel - 1]
    if len(layer.shape) == 1:
        return layer.shape[0]
    raise LayerError(
        f"The values of {layer.name} have the shape {layer.shape} and belong to no channels. "
        "Choose a layer with rows and columns, or a vector: `tapetum layers` shows them."
    )


def _peaks(
    layer: Layer, value: Float[Tensor, "batch ..."]
) -> tuple[
    Float[np.ndarray, "channels batch"],
    Float[np.ndarray, "channels batch"],
    Int[np.ndarray, "channels batch 2"],
]:
    """Of every channel on every picture: its largest value, its mean, and the row and column of the first."""
    maps = layer.places.maps(value) if layer.places is not None else value[:, :, None, None]
    flat = maps.float().flatten(2)
    (best, place), mean = flat.max(2), flat.mean(2)
    if not bool(torch.isfinite(mean).all()):
        raise NonFiniteError(
            f"The values of {layer.name} hold NaN or infinity. "
            "The network divides by zero or overflows on a picture: check its weights and the preparation."
        )
    where = torch.stack([place // maps.shape[3], place % maps.shape[3]], 2)
    return best.T.cpu().numpy(), mean.T.cpu().numpy(), where.transpose(0, 1).cpu().numpy().astype(np.int32)


def _boxes(
    extent: Extent, size: tuple[int, int], places: Int[np.ndarray, "channels batch 2"]
) -> Int[np.ndarray, "channels batch 4"]:
    """What places see of the picture: top, left, bottom, right, clipped to it."""
    (top, bottom), (left, right) = (
        _seen_by(axis, count, places[..., which])
        for which, (axis, count) in enumerate(zip(extent.axes, size, strict=True))
    )
    return np.stack([top, left, bottom, right], axis=-1).astype(np.int32)


def _seen_by(
    axis: Axis | None, count: int, places: Int[np.ndarray, "channels batch"]
) -> tuple[Int[np.ndarray, "channels batch"], Int[np.ndarray, "channels batch"]]:
    """First row, and end of rows, that places see; a place that sees nothing but padding is shown whole."""
    if axis is None:
        return np.zeros_like(places), np.full_like(places, count)
    first, end = axis.lo[places], axis.hi[places] + 1
    nothing = end <= first
    return np.where(nothing, 0, first), np.where(nothing, count, end)


def _encoded(patch: Image.Image) -> bytes:
    patch.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS)
    held = io.BytesIO()
    if patch.width * patch.height <= _LOSSLESS:
        patch.save(held, "PNG")
    else:
        patch.save(held, "JPEG", quality=90, subsampling=0)
    return held.getvalue()
