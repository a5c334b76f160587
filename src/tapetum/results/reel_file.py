"""A film as a file: arrays and the facts about them in one .npz that holds no code."""

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tapetum.errors import DataError
from tapetum.pictures import printable

if TYPE_CHECKING:
    from tapetum.results.reel import Reel

_SCHEMA = "tapetum-film-file/1"
_LARGEST = 4 * 2**30
_ARRAYS = {"frames": "i8", "likeness": "f4", "angles": "f4", "probes": "u1", "moments": "i8", "curves": "f8"}


def packed(reel: "Reel") -> bytes:
    """The bytes of the file."""
    facts = {
        "schema": _SCHEMA,
        "model": reel.model,
        "unit": reel.unit,
        "first": reel.first,
        "left_out": reel.left_out,
        "names": reel.names,
        "last": reel.last,
        "pace": reel.pace,
        "weights": list(reel.weights),
        "maps": [[name, reel.titles[name]] for name in reel.maps],
        "scores": list(reel.scores),
    }
    curves = np.array(list(reel.scores.values()), np.float64).reshape(len(reel.scores), len(reel.moments))
    held = io.BytesIO()
    arrays: dict[str, Any] = {name: getattr(reel, name) for name in _ARRAYS if name != "curves"}
    arrays |= {f"weights_{place}": values for place, values in enumerate(reel.weights.values())}
    arrays |= {f"maps_{place}": values for place, values in enumerate(reel.maps.values())}
    np.savez(held, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), curves=curves, **arrays)
    return held.getvalue()


def read(path: Path) -> "Reel":
    """What `packed` packed.

    Raises:
        DataError: no such file, or not one of a film.
    """
    shown = printable(str(path), 200)
    if not path.is_file():
        raise DataError(
            f"There is no film {shown}. Record one: tapetum.Film(model, probes, file='film.npz')."
        )
    try:
        with zipfile.ZipFile(path) as held:
            if sum(entry.file_size for entry in held.infolist()) > _LARGEST:
                raise ValueError("it is larger than any film")
        with np.load(path, allow_pickle=False) as arrays:
            facts = json.loads(bytes(arrays["facts"]))
            if facts["schema"] != _SCHEMA:
                raise ValueError("it was written by another version")
            return _reel(facts, arrays)
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{shown} is not a film, or is damaged ({printable(str(error)) or 'cut short'}). "
            "Choose another name, or remove it."
        ) from error


def _reel(facts: dict[str, Any], arrays: Any) -> "Reel":
    from tapetum.results.reel import Reel

    found = {name: arrays[name].astype(kind, casting="safe") for name, kind in _ARRAYS.items()}
    weights = _several(arrays, "weights", "f4", [str(name) for name in facts["weights"]])
    maps = _several(arrays, "maps", "f2", [str(name) for name, _ in facts["maps"]])
    curves = dict(zip(map(str, facts["scores"]), found.pop("curves"), strict=True))
    names = tuple(str(name) for name in facts["names"])
    if len(names) != len(found["probes"]):
        raise ValueError("its probes and their names do not fit together")
    kernels = weights[str(facts["first"])]
    _check(found, kernels, [*weights.values()], [*maps.values()], [*curves.values()])
    stride, since, scores_stride, scores_since = (int(number) for number in facts["pace"])
    if min(stride, scores_stride) < 1 or not (0 <= since < stride and 0 <= scores_since < scores_stride):
        raise ValueError("its pace is none")
    return Reel(
        model=str(facts["model"]),
        unit=str(facts["unit"]),
        first=str(facts["first"]),
        frames=found["frames"],
        likeness=found["likeness"],
        angles=found["angles"],
        probes=found["probes"],
        moments=found["moments"],
        weights=weights,
        left_out=tuple(str(name) for name in facts["left_out"]),
        maps=maps,
        titles={str(name): str(title) for name, title in facts["maps"]},
        names=names,
        scores=curves,
        last=int(facts["last"]),
        pace=(stride, since, scores_stride, scores_since),
    )


def _several(arrays: Any, what: str, kind: str, names: list[str]) -> dict[str, np.ndarray]:
    return {name: arrays[f"{what}_{place}"].astype(kind, casting="safe") for place, name in enumerate(names)}


def _check(
    found: dict[str, np.ndarray],
    kernels: np.ndarray,
    weights: list[np.ndarray],
    maps: list[np.ndarray],
    curves: list[np.ndarray],
) -> None:
    """Refuse arrays that do not belong together."""
    frames, moments = found["frames"], found["moments"]
    many, probes, shape = len(frames), len(found["probes"]), kernels.shape[:2]
    fit = (
        many > 0
        and frames.ndim == moments.ndim == 1
        and kernels.ndim == 5
        and min(kernels.shape) > 0
        and found["likeness"].shape == found["angles"].shape == shape
        and found["probes"].ndim == 4
        and found["probes"].shape[3] == 3
        and all(values.ndim > 0 and len(values) == many for values in weights)
        and all(v.ndim == 5 and v.shape[:2] == (many, probes) and min(v.shape) > 0 for v in maps)
        and all(values.shape == moments.shape for values in curves)
    )
    if not fit:
        raise ValueError("its arrays do not fit together")
    if (np.diff(frames) <= 0).any() or (np.diff(moments) <= 0).any() or frames[0] < 0:
        raise ValueError("its moments are not in order")
    numbers = (*weights, *maps, found["likeness"], found["angles"])
    if not all(np.isfinite(values).all() for values in numbers):
        raise ValueError("it holds NaN or infinity")
