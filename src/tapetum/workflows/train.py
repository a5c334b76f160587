"""Train a network on labelled pictures, and see how well it does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.workflows.provenance import now, versions

if TYPE_CHECKING:
    from torch import nn

    from tapetum.learning import Augmentation, Film, PictureSet
    from tapetum.network import Preparation
    from tapetum.results import Training, TrainingData

    Source = str | Path | PictureSet
else:
    Source = object

_USUAL = {"lines": "article-2", "digits": "lenet", "faces": "article-3", "corners": "lenet"}
"""What is trained on data that are always at hand."""
_FILE, _FOLDER = "article-3", "lite0"
_PROBES = 8
"""Pictures whose maps a film keeps."""


def train(
    source: Source,
    architecture: str | None = None,
    *,
    change: str | None = None,
    pretrained: bool = True,
    size: int | tuple[int, int] | None = None,
    keys: Sequence[str] | None = None,
    strict: bool = False,
    epochs: int = 20,
    batch: int = 32,
    learning_rate: float | None = None,
    patience: int | None = 5,
    augment: "str | Augmentation" = "",
    seed: int = 0,
    film: bool = False,
    stop: Callable[[], bool] = lambda: False,
    callbacks: Sequence[Any] = (),
    trainer: Mapping[str, Any] | None = None,
) -> "Training":
    """Train a small network, or the last layer or all of a large one, and try it on pictures it never saw.

    The data are split into parts for training, validation and test (70, 15 and 15 % of each class), unless
    they come in parts. Adam lowers the binary cross-entropy of one logit, else the cross-entropy; the weights
    after the epoch with the lowest validation loss are kept.

    Args:
        source: "lines", "digits", "faces", "corners", a folder with a folder of pictures for each class, an
            HDF5 or .npz file, or a `PictureSet`.
        architecture: "article-2", "article-3", "lenet", "lite0" or "timm:NAME"; by default what suits the
            source: lite0 for a folder, article-3 for a file.
        change: what of lite0 or timm:NAME may change: the last layer alone, "head" (the default), or "all".
        pretrained: False starts lite0 or timm:NAME with random weights, and fetches nothing.
        size: rows and columns of the input, one number for a square.
        keys: of the pictures and of the labels in a file; None for the usual ones.
        strict: refuse a folder with files that cannot be read, instead of leaving them out.
        epochs: rounds at most.
        batch: pictures in a step.
        learning_rate: of Adam; by default 0.001, and 0.0001 where all of a large network may change.
        patience: stop after so many epochs without a lower validation loss; None for never.
        augment: how training pictures are changed at random: "flip,rotate=15,shift,zoom,brightness".
        seed: of the split, the first weights, the order, the augmentation and dropout.
        film: keep what the kernels, and the maps of a few validation pictures, were after every epoch.
        stop: asked after every batch; when it says True, the training ends there.
        callbacks: of Lightning, which see the network as `learner.module`.
        trainer: options of Lightning's `Trainer`: accelerator, devices, strategy, precision …

    Raises:
        DataError: data that cannot be used, or a number that is out of range.
        ModelError: no such network, pictures that are too small for it, or a film of a last layer alone.
        NonFiniteError: a loss is NaN or infinite; the message names the step.

    Example:
        >>> import tapetum
        >>> found = tapetum.train("digits", epochs=1)
        >>> found.network
        Network('digits', 1×8×8 → 10 classes)
    """
    import safetensors.torch

    from tapetum.learning import film_callback, fit, parse_augmentation, tried
    from tapetum.models.card import preparation_as_data
    from tapetum.network import Network
    from tapetum.pictures import printable
    from tapetum.results import Training

    how = parse_augmentation(augment) if isinstance(augment, str) else augment
    chosen = architecture or _usual(source)
    parts = parts_of(source, keys, seed, strict=strict)
    classes, sides = parts.train.classes, (size, size) if isinstance(size, int) else size
    start = _start(chosen, parts.train, change, pretrained=pretrained, sides=sides, seed=seed)
    if learning_rate is None:
        learning_rate = start.learning_rate
    filmed = _film(start, chosen, parts.validation) if film else None
    fitted = fit(
        start.learns,
        parts.train,
        parts.validation,
        start.preparation,
        trunk=start.trunk,
        epochs=epochs,
        batch=batch,
        learning_rate=learning_rate,
        patience=patience,
        augmentation=how,
        seed=seed,
        stop=stop,
        callbacks=[*callbacks, *([] if filmed is None else [film_callback(filmed)])],
        trainer=trainer,
    )
    module, preparation = start.module.eval(), start.preparation
    scores = tried(module, parts.test, preparation, batch=batch)
    name = printable(parts.name)
    return Training(
        network=Network(
            module, preparation, classes, name=name, source=f"{printable(chosen)}, trained on {name}"
        ),
        architecture=chosen,
        classes=classes,
        data=parts.described(),
        preparation=preparation_as_data(preparation),
        history=fitted.history,
        best=fitted.best,
        ending=fitted.ending,
        scores=scores,
        options={
            "seed": seed,
            "epochs": epochs,
            "batch": batch,
            "learning_rate": learning_rate,
            "patience": patience,
            "change": start.change,
            "augmentation": vars(how).copy(),
        },
        weights=safetensors.torch.save(
            {key: value.detach().cpu().contiguous().clone() for key, value in module.state_dict().items()}
        ),
        film=None if filmed is None else filmed.reel,
        seconds=fitted.seconds,
        versions=versions(),
        created=now(),
    )


@dataclass(frozen=True)
class Parts:
    """The data of a training by part, and what they are called together."""

    name: str
    fingerprint: str
    train: "PictureSet"
    validation: "PictureSet"
    test: "PictureSet"

    def described(self) -> "TrainingData":
        """What a result tells of them."""
        from tapetum.results import TrainingData

        parts = (self.train, self.validation, self.test)
        return TrainingData(
            self.name,
            self.fingerprint,
            self.train.counts,
            self.validation.counts,
            self.test.counts,
            tuple(dict.fromkeys(note for part in parts for note in part.notes)),
            tuple(dict.fromkeys(file for part in parts for file in part.skipped)),
        )


def parts_of(source: Any, keys: Sequence[str] | None, seed: int, *, strict: bool) -> Parts:
    """The parts that a source brings; what it lacks is split off by the seed."""
    from tapetum.errors import DataError
    from tapetum.learning import joined, open_parts, split
    from tapetum.pictures import display_name

    found = open_parts(source, keys=keys, strict=strict)
    sets = list(found.values())
    whole = sets[0] if len(sets) == 1 else joined(sets, source if isinstance(source, str) else str(source))
    train = found.get("train", found.get("all"))
    if train is None:
        raise DataError(
            f"{whole.name} has no part for training, only {', '.join(found)}. Give data that has one."
        )
    validation, test = found.get("validation"), found.get("test")
    if test is None:
        train, validation, test = (
            split(train, seed=seed)
            if validation is None
            else (train, *split(validation, (0.5, 0.5), seed=seed))
        )
    elif validation is None:
        train, validation = split(train, (0.85, 0.15), seed=seed)
    return Parts(display_name(whole.name), whole.fingerprint, train, validation, test)


def _usual(source: Any) -> str:
    """What is trained where nobody says so."""
    from tapetum.pictures.collection import is_folder

    if isinstance(source, str) and source in _USUAL:
        return _USUAL[source]
    return _FOLDER if isinstance(source, str | Path) and is_folder(source) else _FILE


@dataclass(frozen=True, eq=False)
class _Start:
    """A network before training: all of it, what of it learns, and what comes before that."""

    module: "nn.Module"
    learns: "nn.Module"
    trunk: "nn.Module | None"
    preparation: "Preparation"
    change: str
    learning_rate: float


def _start(
    architecture: str,
    data: "PictureSet",
    change: str | None,
    *,
    pretrained: bool,
    sides: tuple[int, int] | None,
    seed: int,
) -> _Start:
    """The network to train.

    Raises:
        ModelError: no such network, a small one with what belongs to large ones only, or another word for
            what may change.
    """
    from tapetum.errors import ModelError
    from tapetum.learning import measured, untrained
    from tapetum.models.fine_tune import to_fine_tune
    from tapetum.models.options import Options
    from tapetum.models.small import SMALL

    if change not in (None, "head", "all"):
        raise ModelError(f"{change!r} cannot be chosen to change. Choose head or all.")
    classes = len(data.classes)
    if architecture in SMALL:
        if change == "head" or not pretrained:
            raise ModelError(
                f"{architecture} starts with random weights and learns them all. Leave out what is for lite0 "
                "and timm:NAME."
            )
        preparation = measured(data, size=sides, seed=seed)
        module = untrained(architecture, preparation, classes, seed=seed)
        return _Start(module, module, None, preparation, "all", 1e-3)
    found = to_fine_tune(architecture, classes, pretrained=pretrained, options=Options(size=sides), seed=seed)
    if change == "all":
        return _Start(found.module, found.module.train(), None, found.preparation, "all", 1e-4)
    return _Start(found.module, found.head.train(), found.trunk, found.preparation, "head", 1e-3)


def _film(start: _Start, name: str, data: "PictureSet") -> "Film":
    """A film of the network, with the first pictures of each class as probes."""
    import numpy as np

    from tapetum.errors import ModelError
    from tapetum.learning import Film, as_tensors

    if start.trunk is not None:
        raise ModelError(
            "A film shows how kernels change, and the last layer alone has none. Let all of it change: "
            "change='all' / --train all."
        )
    each = max(1, _PROBES // len(data.classes))
    places = [np.flatnonzero(data.labels == label)[:each] for label in range(len(data.classes))]
    probes = data.picked(np.concatenate(places)[:_PROBES])
    names = [data.classes[label] for label in probes.labels]
    return Film(start.module, as_tensors(probes, start.preparation)[0], names=names, name=name)
