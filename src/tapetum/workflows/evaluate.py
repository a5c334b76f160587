"""How good a network is on labelled pictures, with its mistakes and what misled it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tapetum.workflows.provenance import now, versions

if TYPE_CHECKING:
    from tapetum.learning import Answers, PictureSet
    from tapetum.network import Network
    from tapetum.results import Mistake, Scores

    Source = str | Path | PictureSet
else:
    Source = object

_PARTS = ("train", "validation", "test")
_PAIRS = 12
"""Pairs of classes of which mistakes are shown."""
_BATCH = 8


def evaluate(
    network: "Network",
    data: Source,
    *,
    part: str | None = None,
    seed: int = 0,
    keys: Sequence[str] | None = None,
    shown: int = 6,
    strict: bool = False,
) -> "Scores":
    """Accuracy, precision, recall and F per class, confusions, ROC, calibration, and the mistakes themselves.

    The surest mistakes of each pair of classes come with their Grad-CAM for the class that was named (the
    saliency, where a network has no layer with positions). Labels are matched by name, else by index, which a
    note then says.

    Args:
        network: the captured classifier.
        data: "lines", "digits", "faces", a folder with a folder of pictures for each class, an HDF5 or .npz
            file, or a `PictureSet`.
        part: "train", "validation" or "test" alone: that which the data bring, else the one that `train`
            makes of them. None for all pictures.
        seed: of the parts that are made, as `train` was given it.
        keys: of the pictures and of the labels in a file; None for the usual ones.
        shown: mistakes with maps, at most, of each pair of classes that was confused.
        strict: refuse a picture that cannot be read, instead of leaving it out and counting it.

    Raises:
        DataError: no such data, labels that the network does not know, or pictures of one class only.
        PictureError: no picture can be read, or with `strict` one cannot.
        NonFiniteError: NaN or infinity for every picture.

    Reference:
        Guo et al. (2017), On Calibration of Modern Neural Networks.

    Example:
        >>> import numpy as np, tapetum
        >>> from tapetum.learning import in_memory
        >>> net = tapetum.load("lite0", size=64, engine="torch")
        >>> pixels = np.stack([tapetum.sample("cat").pixels[:300, :300]] * 2)
        >>> found = tapetum.evaluate(net, in_memory("cats", pixels, [0, 1], ["Egyptian cat", "lynx"]))
        >>> found.accuracy, found.classes[1].recall, len(found.mistakes)
        (0.5, 0.0, 1)
    """
    from dataclasses import replace

    from tapetum.learning import answers_of, matched, scored
    from tapetum.options import at_least

    at_least("evaluate", "shown", shown, 0)
    opened = _opened(data, part, seed, keys, strict=strict)
    match = matched(opened, network.labels)
    answers = answers_of(network, opened, match.indices, strict=strict)
    found = scored(network, opened, match, answers)
    pairs = [one.indices for one in found.wrong()[:_PAIRS]]
    chosen = [place for pair in pairs for place in _surest(opened, match.indices, answers, pair)[:shown]]
    return replace(
        found,
        notes=(*found.notes, *_seen_before(network, opened)),
        mistakes=_explained(network, opened, match.indices, answers, chosen),
        versions=versions(),
        created=now(),
    )


def _opened(
    data: Source, part: str | None, seed: int, keys: Sequence[str] | None, *, strict: bool
) -> "PictureSet":
    from tapetum.errors import DataError
    from tapetum.learning import open_data, three_parts

    if part is None:
        return open_data(data, keys=keys, strict=strict)
    if part not in _PARTS:
        raise DataError(f"There is no part {part!r}. Name one of: {', '.join(_PARTS)}.")
    found: PictureSet = getattr(three_parts(data, keys=keys, seed=seed, strict=strict), part)
    return found


def _seen_before(network: "Network", data: "PictureSet") -> tuple[str, ...]:
    """A warning where these are the pictures that the network was trained on."""
    if data.fingerprint not in network.source:
        return ()
    return ("The network was trained on some of these pictures. Score it on the others alone: part test.",)


def _surest(
    data: "PictureSet", indices: Sequence[int], answers: "Answers", pair: tuple[int, int]
) -> list[int]:
    """Which answers take one class for the other, the surest first."""
    import numpy as np

    actual = np.asarray(indices)[data.labels[answers.places]]
    places = np.flatnonzero((actual == pair[0]) & (answers.said == pair[1]))
    order = np.argsort(-answers.confidence[places], kind="stable")
    return [int(place) for place in places[order]]


def _explained(
    network: "Network", data: "PictureSet", indices: Sequence[int], answers: "Answers", chosen: Sequence[int]
) -> "tuple[Mistake, ...]":
    """These answers with the pictures, and the maps for the class that was named."""
    from tapetum.errors import LayerError
    from tapetum.progress import stage
    from tapetum.registry import METHODS
    from tapetum.results import Mistake

    try:
        network.layer()
        key = "gradcam"
    except LayerError:
        key = "saliency"
    method = METHODS[key]
    names = dict(enumerate(network.labels)) | dict(zip(indices, data.classes, strict=True))
    found: list[Mistake] = []
    with stage("Explaining mistakes", len(chosen)) as advance:
        for start in range(0, len(chosen), _BATCH):
            some = chosen[start : start + _BATCH]
            inputs = network.inputs([data.fetch(int(answers.places[one])) for one in some])
            said = [int(answers.said[one]) for one in some]
            heatmap = method(network, inputs, said)
            for number, one in enumerate(some):
                place = int(answers.places[one])
                actual = indices[int(data.labels[place])]
                found.append(
                    Mistake(
                        place=place,
                        name=inputs.pictures[number].name,
                        actual=names[actual],
                        said=names[said[number]],
                        indices=(actual, said[number]),
                        probability=float(answers.confidence[one]),
                        method=method.title,
                        sentence=heatmap.sentences()[number],
                        seen=inputs.seen[number],
                        map=heatmap.draw(number),
                    )
                )
            advance(len(some))
    return tuple(found)
