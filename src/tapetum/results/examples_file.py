"""Examples as a file: arrays and encoded patches in one .npz that holds no code."""

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Shaped, UInt8

from tapetum.errors import OutputError
from tapetum.pictures import Picture, check_place, printable, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tapetum.results.examples import Examples, Patch

_SCHEMA = "tapetum-examples-file/1"
_LARGEST = 4 * 2**30
_ARRAYS = {"values": "f4", "means": "f4", "pictures": "u8", "places": "i4", "boxes": "i4", "seen": "u8"}
KEPT = (".npz",)
"""Suffixes of what can be read again, and extended."""
SHOWN = (".html", ".png", ".jpg", ".jpeg", ".webp")
"""Suffixes of what a person looks at."""


def write(examples: "Examples", path: Path, channels: "Sequence[int] | int | None" = None) -> Path:
    """Write everything, a page or a sheet, as the suffix says."""
    check_place(path, "Examples are", (*KEPT, *SHOWN))
    suffix = path.suffix.lower()
    if suffix == ".npz":
        write_atomically(path, _packed(examples))
    elif suffix == ".html":
        from tapetum.report import examples_page

        shown = [channels] if isinstance(channels, int) else channels
        write_atomically(path, examples_page(examples, examples.chosen(shown)).encode())
    else:
        Picture(np.asarray(examples.sheet(channels))).save(path)
    return path


def read(path: Path) -> "Examples":
    """What `write` wrote as .npz.

    Raises:
        OutputError: no such file, or not one of examples.
    """
    from tapetum.results.examples import Examples

    shown = printable(str(path), 200)
    if not path.is_file():
        raise OutputError(
            f"There is no file of examples {shown}. Make one: tapetum examples FOLDER --layer L."
        )
    try:
        with zipfile.ZipFile(path) as held:
            if sum(entry.file_size for entry in held.infolist()) > _LARGEST:
                raise ValueError("it is larger than any such file")
        with np.load(path, allow_pickle=False) as arrays:
            facts = json.loads(bytes(arrays["facts"]))
            if facts.pop("schema") != _SCHEMA:
                raise ValueError("it was written by another version")
            found = {name: arrays[name].astype(kind, casting="safe") for name, kind in _ARRAYS.items()}
            patches = _patches(arrays["patch_keys"], arrays["patch_sizes"], arrays["patch_bytes"])
        _check_shapes(found, patches, facts["names"])
        field = facts["receptive_field"]
        return Examples(
            **{name: facts[name] for name in ("network", "fingerprint", "layer", "unreadable_count")},
            size=(int(facts["size"][0]), int(facts["size"][1])),
            receptive_field=None if field is None else (int(field[0]), int(field[1])),
            names={int(picture): printable(name) for picture, name in facts["names"].items()},
            unreadable=tuple((printable(n), printable(why, 300)) for n, why in facts["unreadable"]),
            patches=patches,
            **found,
        )
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise OutputError(
            f"{shown} is not a file of examples, or is damaged ({printable(str(error)) or 'cut short'}). "
            "Choose another name, or remove it."
        ) from error


def _packed(examples: "Examples") -> bytes:
    facts = {
        "schema": _SCHEMA,
        "network": examples.network,
        "fingerprint": examples.fingerprint,
        "layer": examples.layer,
        "size": examples.size,
        "receptive_field": examples.receptive_field,
        "names": {str(picture): name for picture, name in examples.names.items()},
        "unreadable": examples.unreadable,
        "unreadable_count": examples.unreadable_count,
    }
    keys = list(examples.patches)
    held = io.BytesIO()
    arrays: dict[str, Any] = {name: getattr(examples, name) for name in _ARRAYS}
    np.savez(
        held,
        facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
        patch_keys=np.array(keys, np.uint64).reshape(-1, 5),
        patch_sizes=np.array([len(examples.patches[key]) for key in keys], np.int64),
        patch_bytes=np.frombuffer(b"".join(examples.patches[key] for key in keys), np.uint8),
        **arrays,
    )
    return held.getvalue()


def _patches(
    keys: Shaped[np.ndarray, "n 5"], sizes: Shaped[np.ndarray, " n"], data: UInt8[np.ndarray, " bytes"]
) -> "dict[Patch, bytes]":
    ends = np.cumsum(sizes).tolist()
    if len(keys) != len(sizes) or (sizes < 0).any() or (ends or [0])[-1] != len(data):
        raise ValueError("its patches do not fit together")
    parts = [bytes(data[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    return {(k[0], k[1], k[2], k[3], k[4]): part for k, part in zip(keys.tolist(), parts, strict=True)}


def _check_shapes(
    found: "dict[str, np.ndarray]", patches: "Mapping[Patch, bytes]", names: "Mapping[str, str]"
) -> None:
    """Refuse arrays that do not belong together."""
    shape = found["values"].shape
    shapes = {"means": shape, "pictures": shape, "places": (*shape, 2), "boxes": (*shape, 4)}
    if len(shape) != 2 or any(found[name].shape != wanted for name, wanted in shapes.items()):
        raise ValueError("its arrays do not fit together")
    there = found["values"] != -np.inf
    if (
        np.isnan([found["values"], found["means"]]).any()
        or found["seen"].ndim != 1
        or (np.diff(found["seen"]) == 0).any()
    ):
        raise ValueError("its values are none")
    used = np.concatenate([found["pictures"][..., None], found["boxes"].astype(np.uint64)], axis=2)[there]
    if any(tuple(row) not in patches for row in np.unique(used, axis=0).tolist()):
        raise ValueError("it lacks patches")
    if any(str(picture) not in names for picture in np.unique(found["pictures"][there]).tolist()):
        raise ValueError("it lacks names")
