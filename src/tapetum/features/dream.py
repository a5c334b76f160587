"""Deep dreams: a photograph changed, from coarse to fine, towards what a network sees in it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from tapetum.errors import CaptureError, NonFiniteError, ObjectiveError
from tapetum.features.pulls import Guides, Pull, pulls
from tapetum.features.tiles import SMALLEST, Window, window_side, windows
from tapetum.network import Network
from tapetum.network.follow import Follow
from tapetum.network.surroundings import plain
from tapetum.network.sweep import backward_bytes, memory_bytes, pictures_at_once
from tapetum.pictures import Picture
from tapetum.pictures.limits import check_size

Pixels = Float[Tensor, "1 channel rows columns"]
Sized = Float[Tensor, "1 channel height width"]
"""Pixels of another size than `Pixels` beside it."""


@dataclass(frozen=True)
class Recipe:
    """How a dream is made; see `tapetum.dream`."""

    octaves: int = 4
    scale: float = 1.4
    steps: int = 10
    rate: float = 1.5
    jitter: int = 32
    memory: str | int = "768MiB"


@dataclass(frozen=True, eq=False)
class Octave:
    """One size of the picture, the windows it is worked on with, and the network that reads these."""

    size: tuple[int, int]
    sides: tuple[int, int]
    network: Network


@dataclass(frozen=True, eq=False)
class Plan:
    """A dream before it is dreamt: what there shall be more of, and how.

    `guides` are the values of layers on a guiding picture, by the layer's name.
    """

    objective: str
    octaves: Sequence[Octave]
    recipe: Recipe
    guides: Guides

    @property
    def windows(self) -> int:
        """How many windows will be worked on in all."""
        still, jitter = np.random.default_rng(0), self.recipe.jitter
        return self.recipe.steps * sum(len(windows(o.size, o.sides, jitter, still)) for o in self.octaves)


def sizes(rows: int, columns: int, recipe: Recipe) -> list[tuple[int, int]]:
    """The sizes of the octaves, smallest first; sides under eight pixels are left out.

    Example:
        >>> sizes(280, 140, Recipe(octaves=3, scale=2.0))
        [(70, 35), (140, 70), (280, 140)]
    """
    found = [
        (round(rows / recipe.scale**power), round(columns / recipe.scale**power))
        for power in range(recipe.octaves)
    ]
    return [size for place, size in enumerate(found) if place == 0 or min(size) >= 8][::-1]


def pixels(network: Network, picture: Picture, longer: int | None) -> Pixels:
    """A photograph in 0..255, in the colours that the network reads, with a longer side of this length.

    Raises:
        PictureError: it would have more pixels than a picture may have.
    """
    taken = picture.image.convert("L" if network.preparation.channels == 1 else "RGB")
    if longer is not None and longer != max(taken.size):
        factor = longer / max(taken.size)
        size = max(1, round(taken.width * factor)), max(1, round(taken.height * factor))
        check_size("The dream", size[1], size[0])
        taken = taken.resize(size, Image.Resampling.LANCZOS)
    values = torch.from_numpy(np.atleast_3d(np.array(taken)).transpose(2, 0, 1).copy())
    return values[None].to(network.device, network.dtype)


def image(values: Pixels) -> Image.Image:
    """The picture to look at."""
    levels = values[0].round().clamp(0, 255).byte().expand(3, -1, -1)
    return Image.fromarray(np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy()))


def enlarged(picture: Pixels, factor: float) -> Pixels:
    """The middle of the picture, enlarged to its size."""
    rows, columns = picture.shape[2:]
    down, across = rows - round(rows / factor), columns - round(columns / factor)
    top, left = down // 2, across // 2
    middle = picture[:, :, top : rows - (down - top), left : columns - (across - left)]
    return resized(middle, (rows, columns)).clamp(0, 255)


def made_ready(
    network: Network, size: tuple[int, int], recipe: Recipe, done: Callable[[], None] = lambda: None
) -> list[Octave]:
    """The octaves of a picture of this size, with the network captured for the windows of each.

    A network that accepts no other input size than its own works in windows of that size.

    Raises:
        MemoryLimitError: the limit is no size, or too small for a window.
    """
    most = _largest_window(network, recipe.memory)
    found = []
    for one in sizes(*size, recipe):
        sides = window_side(one[0], recipe.jitter, most), window_side(one[1], recipe.jitter, most)
        try:
            found.append(Octave(one, sides, network.at_size(*sides)))
        except CaptureError:
            return [Octave(one, network.input_shape[1:], network) for one in sizes(*size, recipe)]
        done()
    return found


@plain()
def dreamed(
    picture: Pixels,
    plan: Plan,
    draw: np.random.Generator,
    *,
    stop: Callable[[], bool],
    watch: Callable[[Callable[[], Pixels]], None],
) -> tuple[Pixels, bool]:
    r"""The dream about a picture in 0..255 at its final size, and whether it came to its end.

    At every octave, steps \( x \leftarrow \mathrm{clip}(x + r \, g / \overline{|g|}, 0, 255) \) on the
    picture at this size plus what the octaves before added to it, enlarged: so the detail that shrinking lost
    is put back.

    `draw` draws where the windows lie. `stop` is asked after every window; when it says True, the dream ends
    with the last whole step. `watch` is called after every step with what gives the dream so far.

    Raises:
        ObjectiveError: the objective has no slope on this picture.
        NonFiniteError: its slope is NaN or infinity.
    """
    jitter = plan.recipe.jitter
    added, moved = torch.zeros_like(picture[:, :, :1, :1]), False
    for octave in plan.octaves:
        base = resized(picture, octave.size).clamp(0, 255)
        now = (base + resized(added, octave.size)).clamp(0, 255)
        wanted = pulls(octave.network, plan.objective, plan.guides)
        follow = octave.network.follow([pull.node for pull in wanted])
        view = _View(octave.network, octave.sides, follow, wanted)
        weights = _balance(view, now, windows(octave.size, octave.sides, jitter, draw))
        for _ in range(plan.recipe.steps):
            slope = torch.zeros_like(now)
            for window in windows(octave.size, octave.sides, jitter, draw):
                window.put(slope, _slope(view, window, now, weights))
                if stop():
                    return _at_full_size(picture, now - base), False
            size = float(slope.abs().mean())
            if not math.isfinite(size):
                raise NonFiniteError(
                    f"The slope of {plan.objective} holds NaN or infinity. "
                    "The network overflows on this picture: check its weights and its preparation."
                )
            if size > 0:
                now, moved = (now + plan.recipe.rate * (slope / size)).clamp(0, 255), True
            watch(partial(_at_full_size, picture, now - base))
        added = now - base
    if not moved:
        raise ObjectiveError(
            "This objective has no slope on the picture: nothing of what is wanted is seen in it, so nothing "
            "can be made more of. Choose another channel, or a whole layer.",
            plan.objective,
            0,
            len(plan.objective),
        )
    return _at_full_size(picture, added), True


def resized(values: Pixels, size: tuple[int, int]) -> Sized:
    """The values at another size, smooth."""
    if values.shape[2:] == size:
        return values
    return torch.nn.functional.interpolate(values, size, mode="bicubic", antialias=True, align_corners=False)


@dataclass(frozen=True, eq=False)
class _View:
    """How a network looks through a window, and what is wanted of what it sees."""

    network: Network
    sides: tuple[int, int]
    follow: Follow
    wanted: tuple[Pull, ...]


def _slope(view: _View, window: Window, picture: Pixels, weights: Sequence[float]) -> Sized:
    """The gradient of Σ weight · pull with respect to what a window sees."""
    with plain(), torch.enable_grad():
        leaf = window.cut(picture, view.sides).detach().requires_grad_()
        values = view.follow(view.network.preparation.normalised(leaf / 255))
        scores = [
            weight * pull.weight * pull.score(value)
            for weight, pull, value in zip(weights, view.wanted, values, strict=True)
            if weight
        ]
        (found,) = torch.autograd.grad(torch.stack(scores).sum(), leaf, materialize_grads=True)
    return found


def _balance(view: _View, picture: Pixels, drawn: Sequence[Window]) -> list[float]:
    """Factors that make pulls about different values equally strong, measured where they move anything."""
    if len(view.wanted) == 1:
        return [1.0]
    found = []
    for place in range(len(view.wanted)):
        alone = [float(other == place) for other in range(len(view.wanted))]
        strengths = (float(_slope(view, window, picture, alone).abs().mean()) for window in drawn)
        strongest = next((strength for strength in strengths if strength > 0), math.inf)
        found.append(view.wanted[place].weight / strongest)
    return found if any(found) else [1.0] * len(found)


def _at_full_size(picture: Pixels, added: Sized) -> Pixels:
    size = (picture.shape[2], picture.shape[3])
    return (picture + resized(added, size)).clamp(0, 255)


def _largest_window(network: Network, memory: str | int) -> int:
    """The longest side of a square window that goes through the network and back within the memory.

    Raises:
        MemoryLimitError: the limit is no size, or too small for the smallest window.
    """
    each = backward_bytes(network.folded.graph) / math.prod(network.input_shape[1:])
    pictures_at_once(memory, math.ceil(each * SMALLEST**2), network.device)
    return int(math.sqrt(memory_bytes(memory) / each)) // 32 * 32
