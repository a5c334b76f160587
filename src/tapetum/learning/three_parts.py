"""The parts that training needs: to learn from, to choose the best epoch by, and to be tried on at last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tapetum.errors import DataError
from tapetum.learning.data import PictureSet, joined, open_parts, split
from tapetum.pictures import display_name


@dataclass(frozen=True)
class ThreeParts:
    """Data for a training, what they are called together, and their fingerprint."""

    name: str
    fingerprint: str
    train: PictureSet
    validation: PictureSet
    test: PictureSet


def three_parts(
    source: Any, *, keys: Sequence[str] | None = None, seed: int = 0, strict: bool = False
) -> ThreeParts:
    """The parts that a source brings; what it lacks is split off by the seed.

    Raises:
        DataError: data that cannot be used, or that have no part for training.
    """
    found = open_parts(source, keys=keys, strict=strict)
    sets = list(found.values())
    whole = sets[0] if len(sets) == 1 else joined(sets, display_name(str(source)))
    train = found.get("train", found.get("all"))
    validation, test = found.get("validation"), found.get("test")
    if train is None:
        raise DataError(
            f"{whole.name} has no part for training, only {', '.join(found)}. Give data that has one."
        )
    if validation is None and test is None:
        train, validation, test = split(train, seed=seed)
    elif validation is None:
        train, validation = split(train, (0.85, 0.15), seed=seed)
    elif test is None:
        validation, test = split(validation, (0.5, 0.5), seed=seed)
    assert test is not None
    return ThreeParts(display_name(whole.name), whole.fingerprint, train, validation, test)
