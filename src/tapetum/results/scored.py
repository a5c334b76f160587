"""The parts of a classifier's scores: rates of a class, confusions, bins of confidence, mistakes."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class RocCurve:
    """Shares of negatives (across) and positives (up) that are called so, and the area under the curve."""

    area: float
    false_positives: tuple[float, ...]
    true_positives: tuple[float, ...]


@dataclass(frozen=True)
class ClassRates:
    """One class of the data: its index in the network, its pictures, and how well it is recognised.

    A rate is None where it would be 0 / 0: the precision of a class that was never named, the recall of one
    without pictures.
    """

    label: str
    index: int
    pictures: int
    precision: float | None
    recall: float | None
    f: float | None
    roc: RocCurve | None

    @property
    def area(self) -> float | None:
        """Under the ROC curve."""
        return None if self.roc is None else self.roc.area

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without the curve."""
        return {name: value for name, value in vars(self).items() if name != "roc"} | {"auc": self.area}


@dataclass(frozen=True)
class Confusion:
    """So many pictures of the class `actual` were called `said`; both the same where it is right."""

    actual: str
    said: str
    indices: tuple[int, int]
    count: int

    @property
    def right(self) -> bool:
        return self.indices[0] == self.indices[1]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return vars(self) | {"indices": list(self.indices)}


@dataclass(frozen=True)
class ConfidenceBin:
    """The pictures of whose class the network is so sure, and how often it is right about them."""

    low: float
    high: float
    pictures: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, eq=False)
class Mistake:
    """A picture that was taken for another class: as the network saw it, and the map for what it said."""

    place: int
    name: str
    actual: str
    said: str
    indices: tuple[int, int]
    probability: float
    method: str
    sentence: str
    seen: "Image" = field(repr=False)
    map: "Image" = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, without the pictures."""
        facts = {name: value for name, value in vars(self).items() if name not in ("seen", "map")}
        return facts | {"indices": list(self.indices)}
