"""What a network looks for, as pictures."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tapetum.workflows.provenance import now, versions

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

    from tapetum.features import Frame, Objective, Panel, Quality, Settings
    from tapetum.network import Layer, Network
    from tapetum.results import Painted, Visualisation
    from tapetum.results.visualisation import Layout

_TOGETHER = 8
"""Finished pictures that are looked at together."""


def visualise(
    network: "Network",
    objective: "str | Objective | Sequence[str | Objective]",
    *,
    quality: "Quality" = "standard",
    steps: int | None = None,
    seed: int = 0,
    copies: int = 1,
    diversity: int | float = 100.0,
    diverse_at: str | None = None,
    blend: int | None = None,
    total_variation: int | float = 0.0,
    lp_norm: int | float = 0.0,
    decay: int | float = 1.0,
    moves: bool = True,
    frames: int = 24,
    watch: "Callable[[Frame], None] | None" = None,
    stop: Callable[[], bool] = lambda: False,
) -> "Visualisation":
    """Pictures that raise units of a network as far as possible: what these look for.

    Args:
        network: the captured classifier; pictures have the size of its input.
        objective: a text such as "class:leopard", "layer4.1:12", "layer4.1:12@3,4", "layer4.1:*" or
            "class:leopard + 0.5*class:zebra" (see `parse_objective`), an objective made in Python, or
            several, each of which gets a picture of its own.
        quality: "standard"; "preview" with a quarter of the steps; "high" (MACO), one picture in minutes.
        steps: how often each picture is changed, instead of what the quality wants.
        seed: what starts and moves are drawn from; the same seed gives the same pictures.
        copies: so many different pictures for each objective.
        diversity: how strongly copies are kept from being alike; 0 lets them be.
        diverse_at: the layer in which copies are compared; by default the last with rows and columns.
        blend: so many pictures on the way from the first objective to the second.
        total_variation: against changes between neighbouring pixels, in units of the score.
        lp_norm: against black and white, in units of the score.
        decay: how much easier low frequencies are to change than high ones; 1.5 for deep residual networks.
        moves: move the picture at random at every step; without, it shows patterns that only this very
            network sees, at this very place.
        frames: how many steps are kept to show how the pictures came about.
        watch: called after every step with the pictures as they are; see `tapetum.features.Frame`.
        stop: asked after every step; when it says True, the pictures stay as they are.

    Raises:
        ObjectiveError: a text that is no objective of this network; a caret shows where.
        MethodError: an option out of range, or options that exclude each other.
        NonFiniteError: the network overflows.

    Example:
        >>> import tapetum
        >>> found = visualise(tapetum.load("lite0"), "class:leopard", steps=2)
        >>> found.picture.size
        (224, 224)
    """
    from tapetum.features import MOVES, STILL, Restraint, Settings

    objectives = _objectives(network, objective)
    panels, columns = _panels(objectives, seed, copies, blend)
    layer = _compared(network, diverse_at) if copies > 1 and diversity else None
    settings = Settings(
        quality=quality,
        steps=steps,
        decay=float(decay),
        transform=MOVES if moves else STILL,
        restraint=Restraint(
            float(total_variation), float(lp_norm), float(diversity) if layer else 0.0, layer
        ),
        aligned=blend is not None,
    )
    options = {
        "seed": seed,
        "copies": copies,
        "diversity": settings.restraint.diversity,
        "diverse_at": None if layer is None else layer.name,
        "blend": blend,
        "total_variation": total_variation,
        "lp_norm": lp_norm,
        "decay": decay,
        "moves": moves,
    }
    return painted(network, panels, settings, options, columns=columns, frames=frames, watch=watch, stop=stop)


def painted(
    network: "Network",
    panels: "Sequence[Panel]",
    settings: "Settings",
    options: dict[str, Any],
    *,
    columns: int | None = None,
    layout: "Layout" = "sheet",
    notes: Sequence[str] = (),
    frames: int = 0,
    keep: "Callable[[int, Sequence[Image]], None]" = lambda first, images: None,
    watch: "Callable[[Frame], None] | None" = None,
    stop: Callable[[], bool] = lambda: False,
) -> "Visualisation":
    """The pictures of these panels, with how they came about.

    `keep` gets those that are finished, and the place of the first of them among all panels.
    """
    import numpy as np

    from tapetum.features import check_settings, paint
    from tapetum.progress import stage
    from tapetum.results import Visualisation

    begin = time.perf_counter()
    check_settings(settings, len(panels))
    steps = settings.count
    kept = _kept(steps, frames)
    history = np.full((len(panels), steps), np.nan, np.float32)
    images: list[Image | None] = [None] * len(panels)
    films: dict[int, list[Image]] = {step: [] for step in kept}
    with stage("Visualising", steps * len(panels)) as advance:
        for frame in paint(network, panels, settings):
            count = len(frame.scores)
            history[frame.first : frame.first + count, frame.done - 1] = frame.scores.cpu().numpy()
            stopped = stop()
            if frame.done in films or frame.done == steps or stopped:
                made = _images(frame)
                images[frame.first : frame.first + count] = made
                if frame.done in films:
                    films[frame.done] += made
            if frame.done == steps:
                keep(frame.first, made)
            if watch is not None:
                watch(frame)
            advance(count)
            if stopped:
                break
    done = [(panel, image) for panel, image in zip(panels, images, strict=True) if image is not None]
    return Visualisation(
        network=network.facts(),
        panels=judged(network, [panel for panel, _ in done], [image for _, image in done]),
        quality=settings.quality,
        steps=steps,
        options=options,
        history=history[: len(done)],
        frames=tuple((step, tuple(film)) for step, film in films.items() if len(film) == len(panels)),
        seconds=time.perf_counter() - begin,
        versions=versions(),
        created=now(),
        columns=columns,
        layout=layout,
        notes=tuple(notes),
    )


def judged(network: "Network", panels: "Sequence[Panel]", images: "Sequence[Image]") -> "tuple[Painted, ...]":
    """Finished pictures with what they score, and what the network sees in them, without moves."""
    import torch

    from tapetum.network.targets import class_logits
    from tapetum.results import Painted

    found = []
    for start in range(0, len(panels), _TOGETHER):
        some, shown = panels[start : start + _TOGETHER], images[start : start + _TOGETHER]
        batch = torch.stack([_as_input(network, image) for image in shown])
        nodes = tuple(dict.fromkeys(node for panel in some for node in panel.objective.nodes))
        with torch.no_grad():
            values = dict(zip(nodes, network.follow(nodes)(batch), strict=True))
            logits = network(batch)
        texts = [panel.objective.text for panel in some]
        for i, (panel, prediction) in enumerate(zip(some, network.predictions(logits, texts), strict=True)):
            index = panel.objective.category
            name = panel.objective.text if index is None else network.labels[index]
            classes = class_logits(logits[i : i + 1])[0]
            own = {node: value[i : i + 1].detach() for node, value in values.items()}
            score = float(panel.objective.score(own))
            found.append(
                Painted(
                    objective=panel.objective.text,
                    caption=f"{name}\n{score:.3g}",
                    image=shown[i],
                    score=score,
                    seed=panel.seed,
                    rank=None if index is None else 1 + int((classes > classes[index]).sum()),
                    prediction=prediction,
                )
            )
    return tuple(found)


def _as_input(network: "Network", image: "Image") -> "torch.Tensor":
    """A picture that was made for the network, pixel by pixel, as its input."""
    import numpy as np
    import torch
    from PIL import Image as Images

    channels, rows, columns = network.input_shape
    if image.size != (columns, rows):
        image = image.resize((columns, rows), Images.Resampling.LANCZOS)
    values = np.atleast_3d(np.asarray(image.convert("L" if channels == 1 else "RGB"), np.float32) / 255)
    found = torch.from_numpy(values.transpose(2, 0, 1).copy())
    return network.preparation.normalised(found).to(network.device, network.dtype)


def _objectives(network: "Network", objective: Any) -> "list[Objective]":
    from tapetum.errors import MethodError
    from tapetum.features import Objective, parse_objective

    given = objective if isinstance(objective, list | tuple) else [objective]
    if not given:
        raise MethodError("There is no objective. Give at least one, such as class:leopard.")
    return [one if isinstance(one, Objective) else parse_objective(network, one) for one in given]


def _panels(
    objectives: "Sequence[Objective]", seed: int, copies: int, blend: int | None
) -> "tuple[list[Panel], int | None]":
    """The pictures to be made, and how many stand in a row where that matters."""
    from tapetum.errors import MethodError
    from tapetum.features import Panel

    if copies < 1:
        raise MethodError(f"The number of copies is {copies}. Use at least 1.")
    if blend is None:
        found = [Panel(one, seed + place) for one in objectives for place in range(copies)]
        return found, copies if copies > 1 and len(objectives) > 1 else None
    if len(objectives) != 2 or copies != 1:
        raise MethodError(
            f"A blend leads from one objective to another, and there are {len(objectives)} with {copies} "
            "copies each. Give two objectives, and one copy."
        )
    if blend < 3:
        raise MethodError(f"A blend of {blend} pictures has none in between. Use at least 3.")
    shares = [place / (blend - 1) for place in range(blend)]
    first, last = objectives
    ends = {0.0: first, 1.0: last}
    mixed = [ends.get(share) or (1 - share) * first + share * last for share in shares]
    return [Panel(one, seed) for one in mixed], blend


def _compared(network: "Network", name: str | None) -> "Layer":
    """The layer in whose textures copies are compared."""
    from tapetum.errors import LayerError

    layer = network.layer(name)
    if not layer.spatial:
        raise LayerError(
            f"The layer {layer.name} has shape {layer.shape}, without rows and columns in which copies "
            "could be compared. Choose another with diverse_at=, or use diversity=0."
        )
    return layer


def _kept(steps: int, frames: int) -> list[int]:
    """The steps after which pictures are kept: more at the start, where most happens."""
    wanted = {round(1 + (steps - 1) * (place / max(1, frames - 1)) ** 2) for place in range(frames)}
    return sorted(wanted)


def _images(frame: "Frame") -> "list[Image]":
    from PIL import Image

    return [Image.fromarray(picture.numpy()) for picture in frame.pictures()]
