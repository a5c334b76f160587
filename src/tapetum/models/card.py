"""The card of a trained network: what it is, what it was trained on, how well it does; JSON, never code."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from tapetum.errors import ModelError
from tapetum.models.files import regular_file
from tapetum.network import Preparation
from tapetum.network.preparation import Interpolation
from tapetum.pictures import printable

CARD, WEIGHTS = "card.json", "weights.safetensors"
SCHEMA = "tapetum-train/1"
_LARGEST = 16 * 2**20
_MOST_CLASSES = 100_000
_LARGEST_SIDE = 4096


@dataclass(frozen=True)
class Card:
    """What is needed to build the network again.

    Attributes:
        architecture: article-2, article-3, lenet, lite0 or timm:NAME.
        classes: one name per class.
        preparation: how pictures become input.
        digest: of the weights file.
        about: in a few words, what it was trained on.
    """

    architecture: str
    classes: tuple[str, ...]
    preparation: Preparation
    digest: str
    about: str


def trained_on(name: str, fingerprint: str) -> str:
    """In a few words, what a network was trained on; it can be recognised by the fingerprint."""
    return f"trained on {name} ({fingerprint})"


def read_card(path: Path) -> Card:
    """The card in a file, every field checked.

    Raises:
        ModelError: there is none, it is damaged, or a field is missing or impossible.
    """
    shown = printable(str(path), 200)
    regular_file(path, "card")
    if path.stat().st_size > _LARGEST:
        raise ModelError(f"The card {shown} is larger than 16 MiB. Train the network anew.")
    try:
        found = json.loads(path.read_text("utf-8"), parse_constant=_refused)
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"The card {shown} is no JSON text ({str(error)[:100]}). Copy it anew.") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise ModelError(f"{shown} is not the card of a network that tapetum trained. Give its folder.")
    try:
        return _card(found)
    except (KeyError, TypeError, ValueError, ModelError) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else f"is wrong: {error}"
        raise ModelError(f"The card {shown} {printable(reason, 300)}. Train the network anew.") from error


def digest_of_file(path: Path) -> str:
    """32 hexadecimal digits over the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def digest_of_bytes(data: bytes) -> str:
    """The same over bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def preparation_as_data(preparation: Preparation) -> dict[str, Any]:
    """A preparation as plain data, as a card holds it."""
    return vars(preparation) | {"mean": list(preparation.mean), "std": list(preparation.std)}


def _card(found: Mapping[str, Any]) -> Card:
    classes = found["classes"]
    if not isinstance(classes, list) or not 2 <= len(classes) <= _MOST_CLASSES:
        raise ValueError("classes is no list of at least two names")
    data = found["data"]
    return Card(
        architecture=_text(found["architecture"], "architecture"),
        classes=tuple(_text(name, "a class") for name in classes),
        preparation=_preparation(found["preparation"]),
        digest=_text(found["weights"], "weights"),
        about=trained_on(
            _text(data["name"], "the name of the data"), _text(data["fingerprint"], "fingerprint")
        ),
    )


def _preparation(found: Any) -> Preparation:
    if not isinstance(found, dict):
        raise TypeError("preparation is no object")
    rows, columns, channels = (_whole(found[name], name) for name in ("rows", "columns", "channels"))
    if found["interpolation"] not in get_args(Interpolation):
        raise ValueError("interpolation is none that is known")
    resize = found["resize"]
    return Preparation(
        rows=rows,
        columns=columns,
        channels=channels,
        mean=tuple(_number(value, "mean") for value in found["mean"]),
        std=tuple(_number(value, "std") for value in found["std"]),
        crop=_number(found["crop"], "crop"),
        resize=None if resize is None else _whole(resize, "resize"),
        squash=found["squash"] is True,
        interpolation=found["interpolation"],
    )


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST_SIDE:
        raise ValueError(f"{name} is no whole number from 1 to {_LARGEST_SIDE}")
    return value


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is no number")
    return float(value)


def _refused(name: str) -> None:
    raise ValueError(f"it holds {name}")
