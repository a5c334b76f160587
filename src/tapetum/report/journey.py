"""A journey as plain data: what is said about every step, and its maps as one 8-bit sprite."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tapetum.pictures import full_strength, resized
from tapetum.report.sprite import colour_levels, shrunk, signed_levels, sprite
from tapetum.results import Journey, KernelSheet, LayerSheet

_CELLS = 1_400_000
"""Values of all steps together: as PNG in base64 that is at most 2 MB."""
_LIMITS = [
    *((count, side) for side in (56, 48, 40, 32) for count in (2048, 512, 256)),
    *((count, side) for side in (28, 24, 16, 14, 7) for count in (128, 64, 32)),
]
"""How many maps of a step, and how long their longer side, from fine to coarse."""


def journey_document(journey: Journey) -> dict[str, Any]:
    """What the page reads (`ReportJourney` in `web/src/data.ts`)."""
    count, side = _limits(journey.steps)
    return {
        "kernels": None if journey.kernels is None else _kernels(journey.kernels),
        "steps": [_in_report(step, count, side) for step in journey.steps],
    }


def _limits(steps: Sequence[LayerSheet]) -> tuple[int, int]:
    """The finest of the limits that keeps the steps small enough, or else the coarsest."""

    def cells(count: int, side: int) -> int:
        sizes = (
            shrunk(step.values.shape[1], step.values.shape[2], side) for step in steps if not step.vector
        )
        kept = (min(count, len(step)) for step in steps if not step.vector)
        return sum(rows * columns * maps for (rows, columns), maps in zip(sizes, kept, strict=True))

    return next((limit for limit in _LIMITS if cells(*limit) <= _CELLS), _LIMITS[-1])


def _in_report(step: LayerSheet, count: int, side: int) -> dict[str, Any]:
    facts, tiles = step_document(step, count, side)
    return facts | {"sprite": sprite(tiles)}


def step_document(step: LayerSheet, count: int, side: int) -> tuple[dict[str, Any], np.ndarray]:
    """What is said about a step, and its tiles of 8 bits: the strongest maps, thinned to such a side."""
    kept = list(range(len(step))) if step.vector else _strongest(step, count)
    values = step.values.numpy()[kept]
    rows, columns = shrunk(step.values.shape[1], step.values.shape[2], side)
    maps = values if step.vector else np.stack([resized(one, rows, columns) for one in values])
    scales = np.full(len(maps), step.largest) if step.vector else np.abs(maps).max(axis=(1, 2))
    facts = step.to_dict() | {
        "shown": [step.indices[place] for place in kept],
        "peaks": _short(np.abs(values).max(axis=(1, 2))),
        "scales": None if step.vector else _short(scales),
        "full": full_strength(maps),
    }
    return facts, signed_levels(maps, scales[:, None, None])


def _short(numbers: np.ndarray) -> list[float]:
    """Six digits are more than the 8 bits of a sprite can show."""
    return [float(f"{number:.6g}") for number in numbers]


def _strongest(step: LayerSheet, count: int) -> list[int]:
    """The places of the maps that vary most, the strongest first."""
    spread = step.values.flatten(1).std(1, correction=0)
    found: list[int] = spread.argsort(descending=True, stable=True)[:count].tolist()
    return found


def _kernels(kernels: KernelSheet) -> dict[str, Any]:
    values = kernels.values.numpy()
    colour = values if kernels.colour else np.repeat(values[:, :1], 3, axis=1)
    levels = colour_levels(colour, full_strength(colour))
    return kernels.to_dict() | {
        "colour": kernels.colour,
        "said": list(kernels.sentences()),
        "sprite": sprite(levels.transpose(0, 2, 3, 1)),
    }
