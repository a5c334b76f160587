"""A film of a training as a page with a slider (`FilmDocument` in `web/src/filmed.ts`)."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from tapetum.pictures import full_strength, printable, resized
from tapetum.report.sprite import colour_levels, shrunk, signed_levels, sprite
from tapetum.report.write import filled, template
from tapetum.results import Reel
from tapetum.results.reel_gif import evenly

_CELLS = 4_000_000
"""Values of all maps together: as PNG in base64 that is at most 6 MB, and much less where maps have zeros."""
_LIMITS = [(frames, side) for frames in (100, 60, 40, 25, 12) for side in (64, 48, 32, 20)]
"""How many frames, and how long the longer side of a map, from what is wished to what is bearable."""
_CHANNELS = 32
_FILTERS = 96


def film_page(reel: Reel) -> str:
    """The film as one HTML page."""
    return filled(template("film"), film_document(reel))


def film_document(reel: Reel) -> dict[str, Any]:
    """What the page reads."""
    count, side = _limits(reel)
    frames = evenly(len(reel), count)
    columns, rows = reel.table()
    return {
        "schema": "tapetum-film-page/1",
        "tapetum": version("tapetum"),
        "model": printable(reel.model),
        "unit": reel.unit,
        "frames": reel.frames[frames].tolist(),
        "kernels": _kernels(reel, frames),
        "layers": [_layer(reel, name, frames, side) for name in reel.maps],
        "probes": [
            {"name": printable(name), "picture": sprite(pixels[None])}
            for name, pixels in zip(reel.names, reel.probes, strict=True)
        ],
        "moments": reel.moments.tolist(),
        "scores": {
            printable(name): [float(value) if np.isfinite(value) else None for value in values]
            for name, values in reel.scores.items()
        },
        "sentences": list(reel.sentences()),
        "table": {"columns": list(columns), "rows": [list(row) for row in rows]},
    }


def _limits(reel: Reel) -> tuple[int, int]:
    """The finest of the limits that keeps the maps small enough, or else the coarsest."""

    def cells(frames: int, side: int) -> int:
        shown = [values.shape[1:] for values in reel.maps.values()]
        each = sum(
            probes * min(channels, _CHANNELS) * np.prod(shrunk(rows, columns, side))
            for probes, channels, rows, columns in shown
        )
        return int(min(frames, len(reel)) * each)

    return next((limit for limit in _LIMITS if cells(*limit) <= _CELLS), _LIMITS[-1])


def _kernels(reel: Reel, frames: Sequence[int]) -> dict[str, Any]:
    values = reel.kernels[list(frames)][:, :_FILTERS]
    colour = values.shape[2] == 3
    whole = values if colour else values.sum(axis=2)
    tiles = whole.reshape(-1, *whole.shape[2:])
    largest = float(np.abs(whole).max())
    levels = (
        colour_levels(tiles, reel.scale).transpose(0, 2, 3, 1) if colour else signed_levels(tiles, largest)
    )
    return {
        "name": printable(reel.first),
        "filters": reel.kernels.shape[1],
        "shown": values.shape[1],
        "colour": colour,
        "largest": largest,
        "full": reel.scale,
        "likeness": _short(reel.likeness[list(frames), :_FILTERS]),
        "angles": _short(reel.angles[list(frames), :_FILTERS]),
        "dead": [kernel.number for kernel in reel.filters if kernel.dead],
        "sprite": sprite(levels),
    }


def _layer(reel: Reel, name: str, frames: Sequence[int], side: int) -> dict[str, Any]:
    values = reel.maps[name][list(frames)][:, :, :_CHANNELS]
    rows, columns = values.shape[3:]
    tall, wide = shrunk(rows, columns, side)
    maps = np.stack([resized(one, tall, wide) for one in values.reshape(-1, rows, columns)])
    largest = float(np.abs(maps).max())
    by_probe = signed_levels(maps, largest).reshape(len(frames), -1, values.shape[2], tall, wide)
    return {
        "name": printable(name),
        "title": reel.titles[name],
        "channels": reel.maps[name].shape[2],
        "shown": values.shape[2],
        "rows": rows,
        "columns": columns,
        "largest": largest,
        "full": full_strength(maps),
        "sprites": [sprite(by_probe[:, probe].reshape(-1, tall, wide)) for probe in range(values.shape[1])],
    }


def _short(numbers: np.ndarray) -> list[list[float]]:
    return [[round(float(number), 4) for number in row] for row in numbers]
