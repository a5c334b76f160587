"""Which arrays of a file are the pictures, which the labels, and which the names of the classes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tapetum.errors import DataError
from tapetum.pictures import printable

_PAIRS: dict[str, tuple[tuple[str, str], ...]] = {
    "train": (
        ("train_set_x", "train_set_y"),
        ("x_train", "y_train"),
        ("train_x", "train_y"),
        ("train_images", "train_labels"),
    ),
    "validation": (
        ("val_set_x", "val_set_y"),
        ("x_val", "y_val"),
        ("val_x", "val_y"),
        ("val_images", "val_labels"),
    ),
    "test": (
        ("test_set_x", "test_set_y"),
        ("x_test", "y_test"),
        ("test_x", "test_y"),
        ("test_images", "test_labels"),
    ),
    "all": (
        ("x", "y"),
        ("images", "labels"),
        ("pictures", "labels"),
        ("data", "labels"),
        ("data", "label"),
        ("image", "label"),
        ("data", "target"),
        ("images", "target"),
    ),
}
_CLASSES = ("list_classes", "classes", "class_names", "target_names")


@dataclass(frozen=True)
class Chosen:
    """The key of the pictures and of the labels for each part, and that of the names of the classes."""

    pairs: dict[str, tuple[str, str]]
    classes: str | None


def chosen_keys(present: Iterable[str], keys: Sequence[str] | None, name: str) -> Chosen:
    """The keys that a person names, else those of a known pair; small and large letters are the same.

    Raises:
        DataError: a key that is not there, or no known pair.
    """
    there = list(present)
    listed = ", ".join(printable(key, 60) for key in there[:12]) or "nothing"
    lower = {key.lower(): key for key in reversed(there)}
    classes = next((lower[key] for key in _CLASSES if key in lower), None)
    if keys is not None:
        missing = [key for key in keys if key not in there]
        if len(keys) != 2 or missing:
            wrong = f"has no {printable(missing[0], 60)!r}" if missing else f"needs two keys, not {len(keys)}"
            raise DataError(f"{name} {wrong}; it holds {listed}. Name the pictures, then the labels.")
        return Chosen({"all": (keys[0], keys[1])}, classes)
    pairs = {
        part: (lower[x], lower[y])
        for part, known in _PAIRS.items()
        for x, y in reversed(known)
        if x in lower and y in lower
    }
    if len(pairs) > 1:
        pairs.pop("all", None)
    if not pairs:
        raise DataError(
            f"{name} holds {listed}, and no pair of pictures and labels such as train_set_x and train_set_y, "
            "or x and y. Name the two with keys."
        )
    return Chosen(pairs, classes)
