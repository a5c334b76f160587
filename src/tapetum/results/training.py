"""A network that was trained: how it went, how well it does, and its weights."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tapetum.errors import OutputError
from tapetum.pictures import check_place, png_bytes, printable, write_atomically
from tapetum.results.attacked import chance
from tapetum.results.facts_file import facts_bytes
from tapetum.results.predictions import Skipped
from tapetum.results.reel import Reel

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import RenderableType

TRAINING_SUFFIXES = (".html", ".png", ".json")
Ending = Literal["all epochs", "no better", "interrupted"]
_ROWS = 12
_FILES = ("weights.safetensors", "card.json", "training.html")


@dataclass(frozen=True)
class Epoch:
    """One round through the training part: mean losses, and the shares that were named rightly.

    The training numbers are taken while the weights change, of pictures as they were augmented and with
    dropout; the validation numbers after the round.
    """

    number: int
    training_loss: float
    training_accuracy: float
    validation_loss: float
    validation_accuracy: float


@dataclass(frozen=True)
class TrainingData:
    """What a network was trained and tried on: pictures per class of each part, and what to know of them."""

    name: str
    fingerprint: str
    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Training:
    """What `train` returns.

    Attributes:
        network: the trained network, as `load` gives one.
        architecture: what was trained.
        classes: one name per class.
        data: what it was trained and tried on.
        preparation: how pictures become input, as plain data.
        history: every epoch.
        best: the number of the epoch whose weights were kept, that with the lowest validation loss.
        ending: why the training ended.
        scores: of the test part, which nothing was chosen by: `accuracy` and `loss`.
        options: seed, epochs, batch, learning rate, patience, what was trained, and the augmentation.
        weights: the file of the weights, as safetensors has it.
        film: what the kernels were after every epoch, where that was asked for.
        seconds: how long it took.
        versions: of the libraries.
        created: when, in UTC.
    """

    network: Any
    architecture: str
    classes: tuple[str, ...]
    data: TrainingData
    preparation: Mapping[str, Any]
    history: tuple[Epoch, ...]
    best: int
    ending: Ending
    scores: Mapping[str, float]
    options: Mapping[str, Any]
    weights: bytes
    film: Reel | None
    seconds: float
    versions: Mapping[str, str]
    created: str

    def __repr__(self) -> str:
        return (
            f"Training({self.architecture} on {self.data.name}, {len(self.history)} epochs, test accuracy "
            f"{chance(self.scores['accuracy'])})"
        )

    def sentences(self) -> tuple[str, ...]:
        """How it went, in plain words."""
        data, best = self.data, self.history[self.best - 1]
        why = {
            "all epochs": "all that were asked for",
            "no better": "the last ones without a lower validation loss",
            "interrupted": "interrupted",
        }[self.ending]
        most = max(data.test) / sum(data.test)
        found = [
            f"{self.architecture} learnt to tell {_listed(self.classes)} apart from {sum(data.train):,} "
            f"pictures of {data.name}: {_count(len(self.history), 'epoch')} ({why}) in {self.seconds:.1f} "
            "seconds.",
            f"Kept are the weights after epoch {best.number}, when the validation loss was lowest: "
            f"{best.validation_loss:.3g}, with {chance(best.validation_accuracy)} named rightly.",
            f"Of {sum(data.test):,} test pictures, which had no part in this, it names "
            f"{_share(self.scores['accuracy'], sum(data.test))} rightly; always saying the most frequent "
            f"class would give {chance(most)}.",
        ]
        if data.skipped:
            more = f" and {len(data.skipped) - 1} more" if len(data.skipped) > 1 else ""
            found.append(
                f"{_count(len(data.skipped), 'file')} could not be read and had no part in it: "
                f"{data.skipped[0].name}{more}."
            )
        return tuple(printable(words, 400) for words in (*found, *data.notes))

    def to_dict(self) -> dict[str, Any]:
        """The card: everything but the weights, as plain data."""
        data = self.data
        return {
            "schema": "tapetum-train/1",
            "architecture": self.architecture,
            "classes": list(self.classes),
            "preparation": dict(self.preparation),
            "weights": hashlib.blake2b(self.weights, digest_size=16).hexdigest(),
            "data": {
                "name": data.name,
                "fingerprint": data.fingerprint,
                "train": list(data.train),
                "validation": list(data.validation),
                "test": list(data.test),
                "notes": list(data.notes),
                "skipped": [vars(one).copy() for one in data.skipped],
            },
            "options": dict(self.options),
            "history": [vars(epoch).copy() for epoch in self.history],
            "best": self.best,
            "ending": self.ending,
            "scores": dict(self.scores),
            "seconds": self.seconds,
            "versions": dict(self.versions),
            "created": self.created,
            "sentences": list(self.sentences()),
        }

    def save(self, path: str | Path) -> Path:
        """Write the network into a folder: weights, card, and the page of its training.

        `tapetum.load` reads the folder back. With a suffix one file is written: the page (.html), the
        learning curve (.png) or the card (.json).

        Raises:
            OutputError: a place that cannot be written.
        """
        place = Path(path)
        if place.suffix.lower() in TRAINING_SUFFIXES:
            check_place(place, "A training is", TRAINING_SUFFIXES)
            write_atomically(place, self._file(place.suffix.lower()))
            return place
        check_training_folder(place)
        try:
            place.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"The folder {place} cannot be made ({error.strerror}). Name another."
            ) from error
        # The card comes after the weights whose digest it holds: a pair that does not fit is noticed.
        for name, data in zip(_FILES, (self.weights, self._file(".json"), self._file(".html")), strict=True):
            write_atomically(place / name, data)
        return place

    def _file(self, suffix: str) -> bytes:
        if suffix == ".json":
            return facts_bytes(self.to_dict())
        return self._repr_png_() if suffix == ".png" else self.page().encode()

    def page(self) -> str:
        """A self-contained HTML page: the learning curve, how it went in words, and every epoch."""
        from tapetum.report import training_page

        return training_page(self)

    def curve(self) -> "Image":
        """Loss and accuracy over the epochs."""
        from tapetum.results.learning_curve import learning_curve

        return learning_curve(self.history, self.best)

    def curves(self) -> tuple[bytes, bytes]:
        """Loss and accuracy as a PNG each."""
        from tapetum.results.learning_curve import accuracy_curve, loss_curve

        first, second = (draw(self.history, self.best) for draw in (loss_curve, accuracy_curve))
        return png_bytes(np.asarray(first)), png_bytes(np.asarray(second))

    def table(self, most: int | None = None) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """The table of epochs as text, the best one marked; of more than `most`, some evenly chosen."""
        columns = ("epoch", "training loss", "accuracy", "validation loss", "accuracy", "")
        chosen = {0, len(self.history) - 1, self.best - 1}
        places = np.linspace(0, len(self.history) - 1, min(most or len(self.history), len(self.history)))
        shown = sorted(chosen | {round(place) for place in places.tolist()})
        return columns, [
            (
                str(epoch.number),
                f"{epoch.training_loss:.4f}",
                f"{epoch.training_accuracy:.1%}",
                f"{epoch.validation_loss:.4f}",
                f"{epoch.validation_accuracy:.1%}",
                "kept" if epoch.number == self.best else "",
            )
            for epoch in (self.history[place] for place in shown)
        ]

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        columns, rows = self.table(_ROWS)
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for name in columns:
            table.add_column(name, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*row, style="green" if row[-1] else "")
        title = Text(printable(f"{self.architecture} on {self.data.name}"), style="bold")
        return Group(title, table, *(Text.assemble(("  ▸ ", "green"), words) for words in self.sentences()))

    def _repr_html_(self) -> str:
        from tapetum.report import framed

        return framed(self.page())

    def _repr_png_(self) -> bytes:
        return png_bytes(np.asarray(self.curve()))


def check_training_folder(place: Path) -> None:
    """Refuse a place that cannot become the folder of a network, before any work is done for it.

    Raises:
        OutputError: a file, or a folder inside one that is not there.
    """
    shown = printable(str(place), 200)
    if place.exists() and not place.is_dir():
        raise OutputError(f"{shown} is a file. Name a folder for the network.")
    if not place.parent.is_dir():
        raise OutputError(f"There is no folder {printable(str(place.parent), 200)}. Create it first.")


def _listed(classes: tuple[str, ...]) -> str:
    if len(classes) > 5:
        return f"{len(classes)} classes"
    return ", ".join(classes[:-1]) + f" and {classes[-1]}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _share(share: float, count: int) -> str:
    return f"{round(share * count):,} ({share:.1%})"
