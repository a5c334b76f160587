"""One picture that was changed to mislead a network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int, UInt8

from tapetum.pictures import printable
from tapetum.results.heatmap import Target
from tapetum.results.prediction import ClassScore, Prediction

_LEVELS = 255
_MIDDLE = 128
_FITTING = 0.98


@dataclass(frozen=True)
class Smallest:
    """The smallest budget that changed the verdict; None where none up to the limit did. Both in 1/255."""

    levels: int | None
    limit: int


@dataclass(frozen=True)
class Transfer:
    """What another network says of a picture before and after; it is fooled where its verdict changed."""

    network: str
    before: Prediction
    after: Prediction

    @property
    def fooled(self) -> bool:
        """Whether its verdict changed."""
        return self.before[0].index != self.after[0].index


@dataclass(frozen=True, eq=False)
class AttackedPicture:
    """One picture as the network saw it and as it was changed, with the verdicts about both.

    `before` and `after` have the size of the network's input and 256 levels. `fooled`: the verdict about
    `after` is another one or, with a `target`, that one. `survives`: so it is for the PNG file of `after`,
    read again through the preparation without its resizing.
    """

    name: str
    notes: tuple[str, ...]
    before: UInt8[np.ndarray, "rows columns *channels"]
    after: UInt8[np.ndarray, "rows columns *channels"]
    target: Target | None
    predictions: tuple[Prediction, Prediction]
    fooled: bool
    survives: bool
    smallest: Smallest | None = None
    others: tuple[Transfer, ...] = ()

    @property
    def change(self) -> Int[np.ndarray, "rows columns *channels"]:
        """What was added, in levels of 0 to 255."""
        return self.after.astype(np.int16) - self.before.astype(np.int16)

    @property
    def largest(self) -> int:
        """The largest change of any value, in levels."""
        return int(np.abs(self.change).max())

    @property
    def length(self) -> float:
        """The Euclidean length of the change, in brightness 0..1."""
        return float(np.linalg.norm(self.change.astype(np.float64)) / _LEVELS)

    @property
    def touched(self) -> float:
        """The share of values that changed."""
        return float((self.change != 0).mean())

    def amplified(self) -> tuple[UInt8[np.ndarray, "rows columns *channels"], int]:
        """The change around middle grey, and how many times larger than it is: all but its 2 % peaks fit."""
        sizes = np.abs(self.change[self.change != 0])
        most = float(np.quantile(sizes, _FITTING)) if sizes.size else 1.0
        times = max(1, int((_MIDDLE - 1) // most))
        return (_MIDDLE + times * self.change).clip(0, _LEVELS).astype(np.uint8), times

    def sentences(self, network: str) -> tuple[str, ...]:
        """What happened, in plain words."""
        before, after = (found[0] for found in self.predictions)
        said = f"{network} said {_named(before)}"
        size = f"changes of at most {self.largest} of 255 levels in {chance(self.touched)} of the values"
        if self.fooled:
            found = [f"{said}, and now says {_named(after)}: fooled by {size}."]
            again = "still fools it" if self.survives else "no longer fools it"
            found.append(f"The PNG file of the changed picture, read again without resizing, {again}.")
        elif self.target is None:
            found = [f"{said}, and still says {_named(after)}: not fooled by {size}."]
        else:
            found = [f"{said}, and now says {_named(after)}, not {self.target.label}: not fooled by {size}."]
        if self.smallest is not None and self.smallest.levels is not None:
            found.append(f"The smallest budget found to be enough is {self.smallest.levels}/255.")
        elif self.smallest is not None:
            found.append(f"No budget up to {self.smallest.limit}/255 was found to be enough.")
        for other in self.others:
            now = f"said {_named(other.before[0])} and now says {_named(other.after[0])}"
            verdict = "is fooled too" if other.fooled else "is not fooled"
            found.append(f"{other.network} {verdict}: it {now}.")
        return tuple(printable(words, 400) for words in found)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without the pictures."""
        before, after = self.predictions
        return {
            "name": self.name,
            "notes": list(self.notes),
            "target": None
            if self.target is None
            else vars(self.target) | {"indices": list(self.target.indices)},
            "before": before.to_dict()["classes"],
            "after": after.to_dict()["classes"],
            "fooled": self.fooled,
            "survives": self.survives,
            "largest": self.largest,
            "length": self.length,
            "touched": self.touched,
            "smallest": None if self.smallest is None else vars(self.smallest).copy(),
            "others": [
                {
                    "network": other.network,
                    "before": other.before.to_dict()["classes"],
                    "after": other.after.to_dict()["classes"],
                    "fooled": other.fooled,
                }
                for other in self.others
            ],
        }


def chance(probability: float) -> str:
    """A probability in percent, with a digit more where it is small.

    Example:
        >>> chance(0.3812), chance(0.0042), chance(1.0)
        ('38 %', '0.42 %', '100 %')
    """
    percent = 100 * probability
    return f"{percent:.0f} %" if percent >= 1 or percent == 0 else f"{percent:.2g} %"


def _named(score: ClassScore) -> str:
    return f"“{score.label}” ({chance(score.probability)})"
