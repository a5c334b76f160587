"""Pictures and labels as NumPy arrays."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Shaped

from tapetum.errors import DataError, PictureError
from tapetum.learning.data.labels import read_labels
from tapetum.learning.data.picture_set import PictureSet, digest_of
from tapetum.pictures import Picture, open_picture
from tapetum.pictures.arrays import eight_bits
from tapetum.pictures.limits import check_size

_CHANNELS = (1, 3, 4)


def arrays(
    pictures: Shaped[np.ndarray, "..."],
    labels: Shaped[np.ndarray, "..."] | Sequence[Any],
    classes: Sequence[str] | None = None,
    *,
    name: str = "arrays",
) -> PictureSet:
    """Pictures (count, rows, columns), with 1, 3 or 4 channels last or first, and one label for each.

    Values are uint8, bool, uint16, or float from 0 to 1, and are kept as 8 bits. Labels are as `read_labels`
    of this room takes them.

    Raises:
        DataError: another shape, or another number of labels.
        PictureError: another kind of number, or a float outside 0 to 1.
        NonFiniteError: NaN or infinity.

    Example:
        >>> arrays(np.zeros((4, 8, 8)), ["cat", "dog", "cat", "dog"])
        PictureSet('arrays': 2 cat, 2 dog)
    """
    values = np.asarray(pictures)
    arranged = arrangement(values.shape, values.dtype, name)
    numbers, names = read_labels(np.asarray(labels), classes, name)
    check_count(len(numbers), len(values), name)
    pixels = eight_bits(arranged(values), name)
    pixels.flags.writeable = False
    return from_source(name, pixels.__getitem__, numbers, names, digest_of(pixels, numbers))


def from_source(
    name: str,
    read: Callable[[int], Shaped[np.ndarray, "..."]],
    labels: Shaped[np.ndarray, " pictures"],
    classes: tuple[str, ...],
    fingerprint: str,
) -> PictureSet:
    """A set whose pictures `read` gives as arrays, channels last."""

    def fetch(place: int) -> Picture:
        return open_picture(np.asarray(read(place)), name=f"{name} {place}")

    return PictureSet(name, classes, labels, fetch, fingerprint)


def arrangement(
    shape: tuple[int, ...], kind: np.dtype[Any], name: str
) -> Callable[[Shaped[np.ndarray, "..."]], Shaped[np.ndarray, "..."]]:
    """What puts the channels of pictures of this shape last.

    Raises:
        DataError: no pictures, or no shape of pictures.
    """
    if kind.kind not in "buif":
        raise DataError(f"The pictures of {name} are of the kind {kind}. Give numbers, such as uint8.")
    last = len(shape) == 3 or (len(shape) == 4 and shape[3] in _CHANNELS)
    first = len(shape) == 4 and not last and shape[1] in _CHANNELS
    if not (last or first):
        raise DataError(
            f"The pictures of {name} have the shape {shape}. Give (pictures, rows, columns), or with 1, 3 or "
            "4 channels last or first."
        )
    if not shape[0]:
        raise DataError(f"{name} has no pictures. Give at least one per class.")
    rows, columns = shape[2:] if first else shape[1:3]
    try:
        check_size(f"The first picture of {name}", rows, columns)
    except PictureError as error:
        raise DataError(str(error)) from error
    return (lambda values: np.moveaxis(values, -3, -1)) if first else (lambda values: values)


def check_count(labels: int, pictures: int, name: str) -> None:
    """One label per picture.

    Raises:
        DataError: more or fewer.
    """
    if labels != pictures:
        raise DataError(f"{name} has {pictures} pictures and {labels} labels. Give one per picture.")
