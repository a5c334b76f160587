"""What a network says of every picture of a data set, in bounded memory."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Int
from torch import Tensor

from tapetum.errors import NonFiniteError, PictureError
from tapetum.learning.data import PictureSet
from tapetum.network import Network, sweep
from tapetum.network.targets import class_logits
from tapetum.pictures import Picture
from tapetum.results import Skipped

_MEMORY = "1GiB"


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network says of each picture that it was asked about and gave finite numbers for.

    Attributes:
        places: the pictures, by their place in the data.
        said: the class that it names, by its index in the network's output.
        confidence: the probability of that class.
        chances: the probability of each class of the data; kept on disk.
        skipped: pictures that could not be read, and why.
        unanswered: places of pictures for which it gave NaN or infinity.
        engine: what computed.
    """

    places: Int[np.ndarray, " pictures"]
    said: Int[np.ndarray, " pictures"]
    confidence: Float32[np.ndarray, " pictures"]
    chances: Float32[np.ndarray, "classes pictures"]
    skipped: tuple[Skipped, ...]
    unanswered: tuple[int, ...]
    engine: str


def answers_of(
    network: Network, data: PictureSet, indices: Sequence[int], *, strict: bool = False
) -> Answers:
    """Ask the network about every picture.

    Pictures are read in batches and forgotten; a few numbers of each stay, those that grow with the number of
    classes in a file without a name.

    Args:
        network: the captured classifier.
        data: what it is asked about.
        indices: of the classes of the data in the network's output.
        strict: refuse a picture that cannot be read, instead of leaving it out.

    Raises:
        PictureError: no picture can be read, or with `strict` one cannot.
        NonFiniteError: there is no picture for which the network gives finite numbers.
    """
    places, said = np.zeros(len(data), int), np.zeros(len(data), int)
    confidence = np.zeros(len(data), np.float32)
    chances = _on_disk(len(indices), len(data))
    skipped: list[Skipped] = []
    unanswered: list[int] = []
    engine, done = "torch", 0
    network.expect(len(data))
    for read, failed, logits, ran in sweep(
        "Evaluating",
        len(data),
        network.at_once(_MEMORY),
        lambda start, stop: _asked(network, data, range(start, stop), strict),
    ):
        skipped += failed
        if logits is None:
            continue
        engine = ran
        finite = torch.isfinite(logits).all(1)
        unanswered += [place for place, good in zip(read, finite.tolist(), strict=True) if not good]
        good = logits[finite]
        here = slice(done, done + len(good))
        probabilities = network.probabilities(good)
        places[here] = np.asarray(read, int)[finite.numpy()]
        said[here] = class_logits(good.float()).argmax(1).numpy()
        confidence[here] = probabilities.gather(1, torch.from_numpy(said[here])[:, None])[:, 0].numpy()
        chances[:, here] = probabilities[:, list(indices)].T.numpy()
        done += len(good)
    if done == 0:
        raise _no_answer(data, skipped, unanswered)
    return Answers(
        places=places[:done],
        said=said[:done],
        confidence=confidence[:done],
        chances=chances[:, :done],
        skipped=tuple(skipped),
        unanswered=tuple(unanswered),
        engine=engine,
    )


def _asked(
    network: Network, data: PictureSet, places: range, strict: bool
) -> tuple[list[int], list[Skipped], Tensor | None, str]:
    """The places that could be read, those that could not, and the logits of the former, if any."""
    pictures: list[Picture] = []
    read: list[int] = []
    failed: list[Skipped] = []
    for place in places:
        try:
            pictures.append(data.fetch(place))
            read.append(place)
        except PictureError as error:
            if strict:
                raise
            failed.append(Skipped(f"picture {place}", str(error)))
    if not pictures:
        return read, failed, None, ""
    logits, _, engine = network.evaluate(network.inputs(pictures).batch)
    return read, failed, logits.cpu(), engine


def _on_disk(classes: int, pictures: int) -> Float32[np.ndarray, "classes pictures"]:
    """Zeros in a file that has no name and goes when nobody reads it any more."""
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.float32, "w+", shape=(classes, pictures))


def _no_answer(
    data: PictureSet, skipped: Sequence[Skipped], unanswered: Sequence[int]
) -> PictureError | NonFiniteError:
    if unanswered:
        return NonFiniteError(
            f"The network answers NaN or infinity for all {len(unanswered)} pictures of {data.name}. "
            "Check its weights, and that the preparation is the one it was trained with."
        )
    return PictureError(
        f"None of the {len(skipped)} pictures of {data.name} can be read. The first: {skipped[0].reason}"
    )
