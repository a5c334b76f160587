"""Article 3: a detector of smiles, from the file to the layers, or of faces where no file is given."""

from pathlib import Path

import numpy as np

from tapetum.features import feature_maps
from tapetum.learning import (
    Clue,
    Fitted,
    PictureSet,
    fit,
    measured,
    open_data,
    simple_clues,
    split,
    untrained,
)
from tapetum.lessons.elsewhere import cuttings
from tapetum.lessons.smiles_inside import layers_of_one_picture, where_it_looks
from tapetum.network import Network, Preparation
from tapetum.pictures import contact_sheet, png_bytes
from tapetum.report import mistake_sections, numbers_section
from tapetum.results import PageFigure, PageSection, PageTable, Scores, Story, percent
from tapetum.workflows import evaluate

_EPOCHS, _PATIENCE = 25, 5
_SHARES = (0.5, 0.2, 0.3)
_EACH = 6
"""Pictures of each class that are shown."""


def run(*, seed: int = 0, data: str | Path | None = None) -> Story:
    """Train the network of article 3, score it, show its mistakes, its layers and what it looks at."""
    given = data is not None
    pictures = open_data(data if data is not None else "faces")
    parts = split(pictures, _SHARES, seed=seed)
    train, validation, test = parts
    preparation = measured(train)
    module = untrained("article-3", preparation, len(pictures.classes), seed=seed)
    trained = fit(module, train, validation, preparation, epochs=_EPOCHS, patience=_PATIENCE, seed=seed)
    network = Network(
        module, preparation, pictures.classes, name="article-3", source=f"trained on {train.name}"
    )
    scores = evaluate(network, test, shown=_EACH)
    other = None if given else _elsewhere(network, pictures, seed)
    clues = simple_clues(pictures, seed=seed)
    shown = _in_turn(test)
    inside, quiet = layers_of_one_picture(feature_maps(network, test.fetch(shown[0]), "all"), test, shown[0])
    return Story(
        key="smiles",
        title="A small network learns to tell pictures apart, and is looked into",
        lead="Pictures from one file, a network that trains in seconds, its scores and its mistakes; and "
        "what scores do not say: what it makes of a picture, and where it looks.",
        parts=(
            _data(pictures, parts, preparation, given=given),
            _network(network),
            _training(trained),
            numbers_section("How good is it?", scores),
            *(() if other is None else (numbers_section("And elsewhere?", other),)),
            *mistake_sections(scores if other is None else other),
            inside,
            where_it_looks(network, test, shown[:_EACH]),
            _limits(clues, given=given),
        ),
        numbers={
            "pictures": float(len(pictures)),
            "parameters": float(network.parameters),
            "epochs": float(len(trained.history)),
            "best epoch": float(trained.best),
            "validation loss": trained.history[trained.best - 1].validation_loss,
            **_numbers(scores),
            **quiet,
            **{f"by {clue.name} alone": clue.accuracy for clue in clues},
            **({} if other is None else {f"elsewhere: {k}": v for k, v in _numbers(other).items()}),
        },
    )


def _elsewhere(network: Network, pictures: PictureSet, seed: int) -> Scores:
    no, yes = pictures.classes
    return evaluate(network, cuttings((no, yes), pictures.fetch(0).rows, seed=seed), shown=_EACH)


def _numbers(scores: Scores) -> dict[str, float]:
    return {
        "tried on": float(scores.pictures),
        "accuracy": scores.accuracy,
        "base rate": scores.base_rate,
        "calibration error": scores.calibration_error,
        **{f"precision of {one.label}": one.precision or 0.0 for one in scores.classes},
        **{f"recall of {one.label}": one.recall or 0.0 for one in scores.classes},
        **{f"F of {one.label}": one.f or 0.0 for one in scores.classes},
        **{f"“{one.actual}” called “{one.said}”": float(one.count) for one in scores.wrong()},
    }


def _data(
    pictures: PictureSet, parts: tuple[PictureSet, ...], preparation: Preparation, *, given: bool
) -> PageSection:
    first = pictures.fetch(0)
    shape = (len(pictures), first.rows, first.columns, *((3,) if preparation.channels == 3 else ()))
    counts = ", ".join(f"{n} “{name}”" for n, name in zip(pictures.counts, pictures.classes, strict=True))
    uses = ("learn from", "stop in time", "be tried on")
    places = [
        int(place)
        for label in range(len(pictures.classes))
        for place in np.flatnonzero(pictures.labels == label)[:_EACH]
    ]
    sheet = contact_sheet(
        [pictures.fetch(place) for place in places],
        [pictures.classes[pictures.labels[place]] for place in places],
        columns=_EACH,
        tile=112,
    )
    return PageSection(
        "The data",
        [
            f"The pictures, their labels and the names of the classes were read from {pictures.name}."
            if given
            else "No file was given, so 200 cuttings of Labeled Faces in the Wild, which come with "
            "scikit-image, stand in for smiles and frowns: faces, and what is no face. `tapetum lesson "
            "smiles train_happy.h5` does the same with your own file (train_set_x, train_set_y, "
            "list_classes).",
            *(pictures.notes if given else ()),
            f"Pictures: an array of shape {shape}. Labels: one of shape {(len(pictures),)}, {counts}.",
            "Dealt out by chance, every class alike: "
            + ", ".join(f"{len(part)} to {use}" for part, use in zip(parts, uses, strict=True))
            + ". What the network is tried on it has never seen.",
            f"How a picture becomes input: {preparation}.",
        ],
        figures=[PageFigure(png_bytes(np.asarray(sheet)), "Some pictures of each class")],
    )


def _network(network: Network) -> PageSection:
    rows = [
        (layer.name, layer.kind, "×".join(map(str, layer.shape)), _spaced(layer.parameters))
        for layer in network.layers
        if not layer.container
    ]
    ending = (
        f"One number comes out: above zero it says “{network.labels[1]}”, below “{network.labels[0]}”."
        if len(network.labels) == 2
        else f"{len(network.labels)} numbers come out, one for each class."
    )
    return PageSection(
        "The network",
        [
            "Two blocks of convolution, ReLU, batch-norm and pooling, then two linear layers: "
            f"{_spaced(network.parameters)} learnt numbers. {ending}",
            "Maps get smaller on the way, and there are more of them.",
        ],
        [PageTable("layers", ("layer", "what", "output", "parameters"), rows)],
    )


def _training(trained: Fitted) -> PageSection:
    history, best = trained.history, trained.history[trained.best - 1]
    after = len(history) - trained.best
    ended = f"It did not fall for {after} more, so the training ended" if after else "It fell to the end"
    step = -(-len(history) // 10)
    return PageSection(
        "The training",
        [
            f"Adam lowers the cross-entropy, {len(history)} times through the training part. On pictures "
            f"that nothing is learnt from, the loss was lowest after epoch {trained.best}: "
            f"{best.validation_loss:.3f}. {ended}; the weights of epoch {trained.best} are kept.",
        ],
        [
            PageTable(
                "epochs",
                ("epoch", "loss, learnt from", "loss, held out", "right, held out"),
                [
                    (
                        str(one.number),
                        f"{one.training_loss:.3f}",
                        f"{one.validation_loss:.3f}",
                        percent(one.validation_accuracy),
                    )
                    for one in history
                    if one.number % step == 0 or one.number in (1, trained.best, len(history))
                ],
            )
        ],
    )


def _limits(clues: tuple[Clue, ...], *, given: bool) -> PageSection:
    best = max(clues, key=lambda clue: clue.accuracy)
    return PageSection(
        "What a score does not say",
        [
            "The pictures that it was tried on first come from the same source as those it learnt from: the "
            "same size, the same way of cutting, similar light. Of other pictures that score says nothing."
            if not given
            else "The pictures that it was tried on come from the same source as those it learnt from: the "
            "same place, size and light. Of other pictures the score says nothing.",
            "What is no face was cut from a few photographs only, so it learnt what those look like. More "
            "and other pictures without a face would be the cure, not more epochs."
            if not given
            else "If people smile with the head up and frown with it down, a network that looks at the tilt "
            "of the head is right as often as one that looks at lips. The heatmaps tell them apart, the "
            "score does not.",
            f"The {best.name} of a picture alone, one threshold on one number, tells the classes apart in "
            f"{percent(best.accuracy)}; guessing gives {percent(best.base_rate)}. A network may use it too.",
            "The lesson shortcuts shows networks that score high for the wrong reason.",
        ],
    )


def _in_turn(test: PictureSet) -> list[int]:
    """Places of pictures of each class in turn, beginning with the last class."""
    order = [np.flatnonzero(test.labels == label).tolist() for label in reversed(range(len(test.classes)))]
    return [some[place] for place in range(max(map(len, order))) for some in order if place < len(some)]


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")
