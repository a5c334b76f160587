"""Pictures of what units want: many objectives, a few together at a time, each step to be watched."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from tapetum.errors import MethodError
from tapetum.features.ascend import Ascent
from tapetum.features.natural import natural_canvas
from tapetum.features.objective import Objective
from tapetum.features.penalties import FREE, Restraint
from tapetum.features.spectrum import Canvas, fourier_canvas
from tapetum.features.transforms import MOVES, Transform
from tapetum.features.views import Views, crops, whole
from tapetum.network import Network
from tapetum.network.surroundings import plain

# At run time it is any text: `check_settings` says in its own words what is wrong with it.
if TYPE_CHECKING:
    Quality = Literal["preview", "standard", "high"]
else:
    Quality = str
STEPS: dict[Quality, int] = {"preview": 128, "standard": 512, "high": 256}

_RATE, _PHASE_RATE = 0.05, 1.0
_MOST = 32
_CROPS = 32
_ENLARGED = 2
"""How much longer the sides of a high-quality picture are than those of the network's input."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture to be made: its objective, and the seed of its start and its moves."""

    objective: Objective
    seed: int


@dataclass(frozen=True, eq=False)
class Settings:
    """How pictures are made.

    Attributes:
        quality: "preview" and "standard" optimise a spectrum, with fewer or more steps; "high" is MACO: the
            phases alone, under the magnitudes of photographs, seen in crops.
        steps: how often each picture is changed; None is as many as the quality wants.
        decay: how much easier low frequencies are to change than high ones; more for deep residual networks.
        transform: how the picture is moved at every step; of no use to "high".
        restraint: what else is asked of the pictures.
        aligned: the pictures share most of what they show, as steps between two objectives should.
    """

    quality: Quality = "standard"
    steps: int | None = None
    decay: float = 1.0
    transform: Transform = MOVES
    restraint: Restraint = FREE
    aligned: bool = False

    @property
    def count(self) -> int:
        """How many steps are made."""
        return STEPS[self.quality] if self.steps is None else self.steps


@dataclass(frozen=True, eq=False)
class Frame:
    """Some of the pictures after a step.

    Attributes:
        first: the place of the first of them among all panels.
        done: steps made so far.
        steps: steps in all.
        scores: what the last step saw of each.
        pictures: computes them as they are now, rows × columns × (red, green, blue), 0 to 255.
    """

    first: int
    done: int
    steps: int
    scores: Float[Tensor, " batch"]
    pictures: Callable[[], UInt8[Tensor, "batch rows columns 3"]]


def check_settings(settings: Settings, panels: int) -> None:
    """Refuse what cannot be made.

    Raises:
        MethodError: an option out of range, or options that exclude each other.
    """
    if settings.quality not in STEPS:
        raise MethodError(f"There is no quality {settings.quality!r}. Choose one of: {', '.join(STEPS)}.")
    if settings.count < 1:
        raise MethodError(f"The number of steps is {settings.count}. Use at least 1.")
    restraint = settings.restraint
    for name in ("total_variation", "lp_norm", "diversity"):
        value = getattr(restraint, name)
        if not 0 <= value < float("inf"):
            raise MethodError(f"{name} is {value}. Use 0 for none, or a positive number.")
    if settings.quality == "high" and (settings.aligned or (restraint.diversity and panels > 1)):
        raise MethodError(
            "Pictures of high quality are made one by one, so they cannot be kept apart or alike. "
            "Use quality='standard' with several copies or a blend."
        )


def paint(network: Network, panels: Sequence[Panel], settings: Settings) -> Iterator[Frame]:
    """Make the pictures, as many at a time as is fastest, and tell after every step how they stand.

    The frames of a group of pictures come in order, then those of the next group. Whoever stops asking for
    frames stops the work.

    Raises:
        MethodError: an option out of range, or options that exclude each other.
        NonFiniteError: a score became NaN or infinite.
    """
    check_settings(settings, len(panels))
    together = min(_MOST, network.backward_at_once)
    first = 0
    for group in _groups(panels, settings, together):
        yield from _group(network, group, settings, first, max(together, len(group)))
        first += len(group)


def _groups(panels: Sequence[Panel], settings: Settings, together: int) -> list[list[Panel]]:
    """What is made at once: everything aligned, the copies of one objective, or as much as is fastest."""
    if settings.aligned:
        return [list(panels)]
    if settings.restraint.diversity:
        return [list(copies) for _, copies in itertools.groupby(panels, lambda panel: panel.objective)]
    size = 1 if settings.quality == "high" else together
    return [list(panels[start : start + size]) for start in range(0, len(panels), size)]


def _group(
    network: Network, panels: Sequence[Panel], settings: Settings, first: int, together: int
) -> Iterator[Frame]:
    with plain():
        canvas, views, optimiser = _prepared(network, [panel.seed for panel in panels], settings)
    restraint = settings.restraint if len(panels) > 1 else replace(settings.restraint, layer=None)
    objectives = [panel.objective for panel in panels]
    ascent = Ascent(network, objectives, canvas, views, restraint, together, panels[0].seed)
    for step in ascent.climb(optimiser, settings.count):
        yield Frame(first, step.done, settings.count, step.scores, lambda: _levels(canvas))


def _prepared(
    network: Network, seeds: Sequence[int], settings: Settings
) -> tuple[Canvas, Views, torch.optim.Optimizer]:
    channels, rows, columns = network.input_shape
    if settings.quality == "high":
        canvas = natural_canvas(seeds, channels, _ENLARGED * rows, _ENLARGED * columns, device=network.device)
        return canvas, crops(_CROPS, seeds), torch.optim.NAdam(canvas.parameters, lr=_PHASE_RATE)
    canvas = fourier_canvas(
        seeds,
        channels,
        rows,
        columns,
        decay=settings.decay,
        shared=settings.aligned,
        device=network.device,
    )
    optimiser = torch.optim.Adam(canvas.parameters, lr=_RATE, fused=True)
    return canvas, whole(settings.transform, seeds, rows, columns), optimiser


@torch.no_grad()
def _levels(canvas: Canvas) -> UInt8[Tensor, "batch rows columns 3"]:
    pixels = canvas.pixels().permute(0, 2, 3, 1).cpu()
    return (pixels * 255).round().to(torch.uint8).expand(-1, -1, -1, 3).contiguous()
