"""What a network says about many pictures, and the pictures that could not be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.pictures import check_place, write_atomically
from tapetum.results.facts_file import facts_bytes
from tapetum.results.prediction import Prediction
from tapetum.results.spreadsheet import csv_text

if TYPE_CHECKING:
    from tapetum.results.explanation import NetworkFacts

_COLUMNS = ("picture", "rank", "index", "label", "probability", "logit")


@dataclass(frozen=True)
class Skipped:
    """A picture of a folder that could not be read: its name, and why."""

    name: str
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class Predictions:
    """One prediction for each picture that could be read, in the order in which they were given."""

    network: "NetworkFacts"
    predictions: tuple[Prediction, ...]
    skipped: tuple[Skipped, ...]
    versions: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Predictions({len(self)} pictures by {self.network.name}, {len(self.skipped)} skipped)"

    def __len__(self) -> int:
        return len(self.predictions)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.predictions)

    def __getitem__(self, place: int) -> Prediction:
        return self.predictions[place]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, as `--json` prints it."""
        return {
            "schema": "tapetum-predict/1",
            "network": self.network.to_dict(),
            "versions": dict(self.versions),
            "pictures": [prediction.to_dict() for prediction in self],
            "skipped": [vars(one).copy() for one in self.skipped],
        }

    def save(self, path: str | Path) -> Path:
        """Write everything (.json), or a row per picture and class (.csv).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        place = Path(path)
        check_predictions_place(place)
        if place.suffix.lower() == ".csv":
            rows = [
                (one.picture, rank, score.index, score.label, score.probability, score.logit)
                for one in self
                for rank, score in enumerate(one, 1)
            ]
            write_atomically(place, csv_text([_COLUMNS, *rows]).encode())
        else:
            write_atomically(place, facts_bytes(self.to_dict()))
        return place


def check_predictions_place(path: Path) -> None:
    """Refuse a place where no predictions can be written, before any work is done for them.

    Raises:
        OutputError: a folder, a folder that is not there, or another suffix than .csv and .json.
    """
    check_place(path, "Predictions are", (".csv", ".json"))
