"""Train a network on labelled pictures, and see how well it does."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.workflows.provenance import now, versions

if TYPE_CHECKING:
    from tapetum.learning import Augmentation, Film, PictureSet, Start, ThreeParts
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
        >>> found = train("digits", epochs=1)
        >>> found.network
        Network('digits', 1×8×8 → 10 classes)
    """
    import safetensors.torch

    from tapetum.learning import (
        check_start,
        film_callback,
        fit,
        parse_augmentation,
        start,
        three_parts,
        tried,
    )
    from tapetum.models.card import preparation_as_data
    from tapetum.network import Network
    from tapetum.pictures import printable
    from tapetum.results import Training

    how = parse_augmentation(augment) if isinstance(augment, str) else augment
    chosen = architecture or _usual(source)
    check_start(chosen, change, pretrained=pretrained)
    parts = three_parts(source, keys=keys, seed=seed, strict=strict)
    sides = (size, size) if isinstance(size, int) else size
    begun = start(chosen, parts.train, change=change, pretrained=pretrained, size=sides, seed=seed)
    filmed = _film(begun, chosen, parts.validation) if film else None
    if stop():
        # Nothing is learnt yet that could be kept.
        raise KeyboardInterrupt
    rate = begun.learning_rate if learning_rate is None else learning_rate
    fitted = fit(
        begun.learns,
        parts.train,
        parts.validation,
        begun.preparation,
        trunk=begun.trunk,
        epochs=epochs,
        batch=batch,
        learning_rate=rate,
        patience=patience,
        augmentation=how,
        seed=seed,
        stop=stop,
        callbacks=[*callbacks, *([] if filmed is None else [film_callback(filmed)])],
        trainer=trainer,
    )
    module, preparation, classes = begun.module.eval(), begun.preparation, parts.train.classes
    name = printable(parts.name)
    return Training(
        network=Network(
            module, preparation, classes, name=name, source=f"{printable(chosen)}, trained on {name}"
        ),
        architecture=chosen,
        classes=classes,
        data=_described(parts),
        preparation=preparation_as_data(preparation),
        history=fitted.history,
        best=fitted.best,
        ending=fitted.ending,
        scores=tried(module, parts.test, preparation, batch=batch),
        options={
            "seed": seed,
            "epochs": epochs,
            "batch": batch,
            "learning_rate": rate,
            "patience": patience,
            "change": begun.change,
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


def _usual(source: Any) -> str:
    """What is trained where nobody says so."""
    from tapetum.pictures.collection import is_folder

    if isinstance(source, str) and source in _USUAL:
        return _USUAL[source]
    return _FOLDER if isinstance(source, str | Path) and is_folder(source) else _FILE


def _described(data: "ThreeParts") -> "TrainingData":
    """What a result tells of the data."""
    from tapetum.results import TrainingData

    parts = (data.train, data.validation, data.test)
    return TrainingData(
        data.name,
        data.fingerprint,
        data.train.counts,
        data.validation.counts,
        data.test.counts,
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        tuple(dict.fromkeys(file for part in parts for file in part.skipped)),
    )


def _film(begun: "Start", name: str, data: "PictureSet") -> "Film":
    """A film of the network, with the first pictures of each class as probes."""
    import numpy as np

    from tapetum.errors import ModelError
    from tapetum.learning import Film, as_tensors

    if begun.trunk is not None:
        raise ModelError(
            "A film shows how kernels change, and the last layer alone has none. Let all of it change: "
            "change='all' / --train all."
        )
    each = max(1, _PROBES // len(data.classes))
    places = [np.flatnonzero(data.labels == label)[:each] for label in range(len(data.classes))]
    probes = data.picked(np.concatenate(places)[:_PROBES])
    names = [data.classes[label] for label in probes.labels]
    return Film(begun.module, as_tensors(probes, begun.preparation)[0], names=names, name=name)
