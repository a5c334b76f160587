"""All channels of a layer as one sheet, which grows over several runs."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.workflows.visualise import judged, painted

if TYPE_CHECKING:
    from PIL.Image import Image

    from tapetum.features import Frame, Quality
    from tapetum.network import Layer, Network
    from tapetum.results import Visualisation

_MADE_BY = 1
"""Raised when the same options would give other pictures."""


def visualise_layer(
    network: "Network",
    layer: str,
    channels: Sequence[int] | None = None,
    *,
    quality: "Quality" = "standard",
    steps: int | None = None,
    seed: int = 0,
    decay: int | float = 1.0,
    folder: str | Path | None = None,
    watch: "Callable[[Frame], None] | None" = None,
    stop: Callable[[], bool] = lambda: False,
) -> "Visualisation":
    """A picture for every channel of a layer, on one sheet.

    Each finished picture is kept on disk, under the fingerprint of the network and the options: an
    interrupted run goes on where it stopped, and a second one is done at once.

    Args:
        network: the captured classifier.
        layer: the layer, by its name.
        channels: some of its channels; None is all of them.
        quality: as for `visualise`.
        steps: how often each picture is changed, instead of what the quality wants.
        seed: what starts and moves are drawn from.
        decay: how much easier low frequencies are to change than high ones.
        folder: where pictures are kept, instead of the user's cache folder.
        watch: called after every step with the pictures as they are.
        stop: asked after every step; when it says True, the sheet holds the channels that are finished.

    Raises:
        LayerError: no such layer, or one in which no channels can be told.
        MethodError: a channel that the layer does not have, or an option out of range.
        OutputError: a folder that cannot be written.

    Example:
        >>> import tapetum
        >>> found = visualise_layer(tapetum.load("lite0"), "blocks.2.0", [3, 4], steps=1)
        >>> [panel.objective for panel in found.panels]
        ['blocks.2.0:3', 'blocks.2.0:4']
    """
    from tapetum.features import Panel, Settings, channel_objective

    found = network.layer(layer)
    wanted = _channels(found, channels)
    settings = Settings(quality=quality, steps=steps, decay=float(decay))
    named = "all" if channels is None else wanted
    options = {"layer": found.name, "channels": named, "seed": seed, "decay": decay}
    panels = [Panel(channel_objective(found, channel), seed) for channel in wanted]
    place = _folder(
        network, found, folder, {"quality": quality, "steps": settings.count, "decay": decay, "seed": seed}
    )
    images = [_kept(place, channel) for channel in wanted]
    missing = [i for i, image in enumerate(images) if image is None]
    notes = []
    if len(missing) < len(wanted):
        notes.append(f"{len(wanted) - len(missing)} of {len(wanted)} channels were made before.")

    def keep(first: int, made: "Sequence[Image]") -> None:
        for i, image in zip(missing[first:], made, strict=False):
            images[i] = image
            _keep(place, wanted[i], image)

    made = painted(
        network, [panels[i] for i in missing], settings, options, keep=keep, watch=watch, stop=stop
    )
    done = [i for i, image in enumerate(images) if image is not None]
    if len(done) < len(wanted):
        count = f"{len(done)} of {len(wanted)} channels are finished"
        notes.append(f"Interrupted: {count}. The same call goes on from there.")
    shown = judged(network, [panels[i] for i in done], [image for image in images if image is not None])
    captioned = tuple(replace(one, caption=str(wanted[i])) for one, i in zip(shown, done, strict=True))
    return replace(made, panels=captioned, notes=tuple(notes), history=made.history[:0], frames=())


def _channels(layer: "Layer", channels: Sequence[int] | None) -> list[int]:
    from tapetum.errors import MethodError
    from tapetum.features import channels_of

    count = channels_of(layer)
    wanted = list(range(count)) if channels is None else list(channels)
    outside = [channel for channel in wanted if not 0 <= channel < count]
    if outside or not wanted:
        what = f"has no channel {outside[0]}" if outside else "was given no channels"
        raise MethodError(f"{layer.name} {what}. Its channels are 0 to {count - 1}.")
    return wanted


def _folder(network: "Network", layer: "Layer", folder: str | Path | None, options: dict[str, Any]) -> Path:
    from tapetum.errors import OutputError
    from tapetum.network.compiled import cache_folder

    base = cache_folder() / "visualise" if folder is None else Path(folder)
    described = json.dumps({**options, "layer": layer.name, "made by": _MADE_BY}, sort_keys=True)
    place = base / network.fingerprint / hashlib.sha256(described.encode()).hexdigest()[:16]
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {place} cannot be made ({error.strerror}). Name another, or set TAPETUM_CACHE."
        ) from error
    return place


def _kept(place: Path, channel: int) -> "Image | None":
    """A picture that was made before; None where there is none, or it cannot be read."""
    from tapetum.errors import PictureError
    from tapetum.pictures import open_picture

    path = place / f"{channel:05}.png"
    if not path.is_file():
        return None
    try:
        return open_picture(path).image
    except PictureError:
        return None


def _keep(place: Path, channel: int, image: "Image") -> None:
    import numpy as np

    from tapetum.pictures import png_bytes, write_atomically

    write_atomically(place / f"{channel:05}.png", png_bytes(np.asarray(image)))
