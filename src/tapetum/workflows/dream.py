"""Deep dreams."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from tapetum.progress import stage

if TYPE_CHECKING:
    from PIL.Image import Image

    from tapetum.features.dream import Pixels
    from tapetum.network import Network
    from tapetum.pictures import PictureSource
    from tapetum.results import Dream

_FRAME_STEPS, _FRAME_OCTAVES = 0.4, 2
"""A frame of a zoom begins with a dream, and so takes this share of the steps at the largest sizes only."""


def dream(
    network: "Network",
    picture: "PictureSource",
    objective: str | None = None,
    *,
    guide: "PictureSource | None" = None,
    side: int | None = None,
    octaves: int = 4,
    scale: int | float = 1.4,
    steps: int = 10,
    rate: int | float = 1.5,
    jitter: int = 32,
    frames: int = 0,
    zoom: int | float = 1.05,
    seed: int = 0,
    memory: str | int = "768MiB",
    watch: "Callable[[Image], None] | None" = None,
    stop: Callable[[], bool] = lambda: False,
) -> "Dream":
    r"""A photograph with more and more of what the network sees in it: a deep dream.

    \( x \leftarrow x + r \, \nabla s / \overline{|\nabla s|} \), at sizes from coarse to fine

    The photograph is made small, changed in some steps towards a larger objective, enlarged with what was
    lost put back, and so on up to its own size. Large pictures are worked on in windows that lie elsewhere at
    each step, so that no seams are left and memory is bounded.

    Args:
        network: the captured classifier.
        picture: anything that `open_picture` takes, of any size: all of it dreams, not only a square.
        objective: what there shall be more of: "LAYER:*" is whatever a layer sees, "LAYER:12" a channel,
            "class:leopard" a class, and "layer3:* + 0.5*class:zebra" a sum in which each part's gradient is
            brought to the same size before it is weighed. By default a layer in the middle of the network:
            `dream_layer(network)`.
        guide: a second picture: every whole layer of the objective is drawn, place by place, to that place of
            the guide whose features it resembles most.
        side: the longer side of the result in pixels; by default the picture's own size.
        octaves: how many sizes.
        scale: how much larger each is than the one before.
        steps: at each size.
        rate: mean change of a step, in 1/255.
        jitter: rows and columns by which windows move about.
        frames: how many frames of a zoom into the dream to make; `Dream.save("dream.gif")` writes them.
        zoom: how much larger the middle is in each frame.
        seed: of the windows' places: the same seed gives the same dream.
        memory: how much a window may take above the model's.
        watch: called with the picture after every step.
        stop: asked after every window; when it says True, the dream ends as it is.

    Raises:
        ObjectiveError: the objective cannot be read, names what is not there, or has no slope on the picture.
        LayerError: there is no objective, and the network has no layer with rows and columns.
        MethodError: an option out of range.
        PictureError: a picture that cannot be read, or would be too large.

    Reference:
        Mordvintsev, Olah, Tyka (2015), Inceptionism: Going Deeper into Neural Networks.

    Example:
        >>> import tapetum
        >>> net = tapetum.load("lite0", size=64)
        >>> dream(net, "sample:temple", "blocks.2:*", side=64, octaves=2, steps=2)
        Dream('temple' for blocks.2:* on lite0: 43 rows × 64 columns)
    """
    import numpy as np

    from tapetum.features.dream import Plan, Recipe, dreamed, enlarged, image, made_ready, pixels
    from tapetum.features.pulls import check_wishes, guides
    from tapetum.pictures import open_picture
    from tapetum.results import Dream

    begin = time.perf_counter()
    _check(
        side=side,
        octaves=octaves,
        scale=scale,
        steps=steps,
        rate=rate,
        jitter=jitter,
        frames=frames,
        zoom=zoom,
        seed=seed,
    )
    text = f"{dream_layer(network)}:*" if objective is None else objective
    check_wishes(network, text, guided=guide is not None)
    opened = open_picture(picture)
    guiding = None if guide is None else open_picture(guide)
    recipe = Recipe(octaves, float(scale), steps, float(rate), jitter, memory)
    now = pixels(network, opened, side)
    guided = {} if guiding is None else guides(network, guiding, text)
    with stage("Preparing", octaves) as advance:
        made = made_ready(network, (now.shape[2], now.shape[3]), recipe, lambda: advance(1))
    plan = Plan(text, made, recipe, guided)
    few = replace(recipe, steps=max(1, round(steps * _FRAME_STEPS)))
    brief = replace(plan, octaves=made[-_FRAME_OCTAVES:], recipe=few)
    draw, finished, film = np.random.default_rng(seed), True, []
    with stage("Dreaming", plan.windows + max(0, frames - 1) * brief.windows) as advance:

        def ended() -> bool:
            advance(1)
            return stop()

        def seen(so_far: "Callable[[], Pixels]") -> None:
            if watch is not None:
                watch(image(so_far()))

        for number in range(max(1, frames)):
            if number:
                now, plan = enlarged(now, zoom), brief
            now, finished = dreamed(now, plan, draw, stop=ended, watch=seen)
            film.append(image(now))
            if not finished:
                break
    return Dream(
        picture=film[0],
        name=opened.name,
        objective=text,
        guide=None if guiding is None else guiding.name,
        network=network.name,
        fingerprint=network.fingerprint,
        options=asdict(recipe) | {"zoom": float(zoom) if frames else None},
        seed=seed,
        windows=made[-1].sides,
        finished=finished,
        frames=tuple(film) if frames else (),
        notes=opened.notes,
        seconds=time.perf_counter() - begin,
    )


def dream_layer(network: "Network") -> str:
    """The layer that dreams when no objective is given: the last stage's with a stride of at most 16.

    There a unit sees enough of the picture to know eyes and fur, and not yet whole scenes.

    Raises:
        LayerError: the network has no layer with rows and columns.

    Example:
        >>> import tapetum
        >>> dream_layer(tapetum.load("lite0"))
        'blocks.4'
    """
    fine = [
        found.layer.name
        for found in network.stages
        if found.layer.spatial and found.layer.stride is not None and max(found.layer.stride) <= 16
    ]
    return fine[-1] if fine else network.layer().name


def dream_objective(
    network: "Network", layers: Sequence[str] = (), channels: str | None = None, targets: Sequence[str] = ()
) -> str:
    """Layers, channels of one of them, and classes as the text of an objective.

    Raises:
        LayerError: no such layer or channel.
        MethodError: channels of no layer, or of several.

    Example:
        >>> import tapetum
        >>> dream_objective(tapetum.load("lite0"), ["blocks.3"], "1,7", ["leopard"])
        'blocks.3:1 + blocks.3:7 + class:"leopard"'
    """
    from tapetum.errors import MethodError
    from tapetum.workflows.channels import channel_numbers

    names = [network.layer(layer).name for layer in layers]
    if channels is None:
        parts = [f"{name}:*" for name in names]
    elif len(names) == 1:
        parts = [f"{names[0]}:{channel}" for channel in channel_numbers(network, names[0], channels)]
    else:
        raise MethodError(f"The channels {channels} are of {len(names)} layers. Name one layer with them.")
    parts += [f"class:{target}" if target.isdigit() else f'class:"{target}"' for target in targets]
    return " + ".join(parts) or f"{dream_layer(network)}:*"


_RANGES: dict[str, tuple[float, float]] = {
    "side": (8, 32_768),
    "octaves": (1, 20),
    "scale": (1.05, 8),
    "steps": (1, 1000),
    "rate": (0.01, 255),
    "jitter": (0, 512),
    "frames": (0, 1000),
    "zoom": (1.001, 2),
    "seed": (0, 2**63 - 1),
}


def _check(**options: int | float | None) -> None:
    from tapetum.errors import MethodError

    for name, value in options.items():
        low, high = _RANGES[name]
        if value is not None and not low <= value <= high:
            raise MethodError(f"{name} is {value:g}. A dream takes {name} from {low:g} to {high:g}.")
